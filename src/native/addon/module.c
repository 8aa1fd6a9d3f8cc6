/* The Node-API module with all functions for JavaScript. */
#include "addon/module.h"

static bool define(napi_env env, napi_value exports, const struct addon_function *function)
{
	napi_value value;

	if (napi_create_function(env, function->name, NAPI_AUTO_LENGTH, function->callback, NULL,
	                         &value) == napi_ok &&
	    napi_set_named_property(env, exports, function->name, value) == napi_ok)
		return true;
	addon_fail(env);
	return false;
}

static const struct addon_function *const tables[] = {
	access_functions,
	ask_functions,
	checksum_functions,
	comparison_functions,
	descriptors_functions,
	device_filter_functions,
	execute_functions,
	file_lock_functions,
	file_times_functions,
	findings_functions,
	gio_library_functions,
	identity_functions,
	kernel_features_functions,
	leaving_functions,
	mirror_functions,
	monitor_functions,
	outlet_functions,
	pattern_functions,
	parent_death_functions,
	peer_credentials_functions,
	random_functions,
	refusals_functions,
	remove_tied_functions,
	restrict_files_functions,
	rules_functions,
	seal_functions,
	table_functions,
	thread_capabilities_functions,
	process_ids_functions,
	uid_in_use_functions,
	unix_message_functions,
	path_watch_functions,
	writable_directory_functions,
};

NAPI_MODULE_INIT()
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct addon_function *row = tables[i]; row->name != NULL; row++)
			if (!define(env, exports, row))
				return NULL;
	return exports;
}

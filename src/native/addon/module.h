/* The functions that each file provides to JavaScript. A table ends with a row of NULLs. */
#ifndef CLSYNC_ADDON_MODULE_H
#define CLSYNC_ADDON_MODULE_H

#include "addon/addon.h"

struct addon_function {
	const char *name;
	napi_callback callback;
};

extern const struct addon_function access_functions[];
extern const struct addon_function ask_functions[];
extern const struct addon_function checksum_functions[];
extern const struct addon_function comparison_functions[];
extern const struct addon_function descriptors_functions[];
extern const struct addon_function device_filter_functions[];
extern const struct addon_function execute_functions[];
extern const struct addon_function file_lock_functions[];
extern const struct addon_function file_times_functions[];
extern const struct addon_function findings_functions[];
extern const struct addon_function gio_library_functions[];
extern const struct addon_function identity_functions[];
extern const struct addon_function kernel_features_functions[];
extern const struct addon_function leaving_functions[];
extern const struct addon_function mirror_functions[];
extern const struct addon_function monitor_functions[];
extern const struct addon_function outlet_functions[];
extern const struct addon_function pattern_functions[];
extern const struct addon_function parent_death_functions[];
extern const struct addon_function peer_credentials_functions[];
extern const struct addon_function path_watch_functions[];
extern const struct addon_function process_ids_functions[];
extern const struct addon_function random_functions[];
extern const struct addon_function refusals_functions[];
extern const struct addon_function remove_tied_functions[];
extern const struct addon_function restrict_files_functions[];
extern const struct addon_function rules_functions[];
extern const struct addon_function seal_functions[];
extern const struct addon_function table_functions[];
extern const struct addon_function thread_capabilities_functions[];
extern const struct addon_function uid_in_use_functions[];
extern const struct addon_function unix_message_functions[];
extern const struct addon_function writable_directory_functions[];

#endif

/* The Node-API module: helpers, and the list of what the other files register. */
#include "addon/addon.h"

#include <errno.h>
#include <string.h>

napi_value addon_fail(napi_env env)
{
	bool pending = false;
	const napi_extended_error_info *info = NULL;

	if (napi_is_exception_pending(env, &pending) == napi_ok && pending)
		return NULL;
	napi_get_last_error_info(env, &info);
	napi_throw_error(env, NULL,
	                 info && info->error_message ? info->error_message
	                                             : "Node-API call failed");
	return NULL;
}

napi_value addon_throw_errno(napi_env env, const char *syscall, int error)
{
	napi_value message, object, value;
	const char *name = strerrorname_np(error);

	NAPI_TRY(env, napi_create_string_utf8(env,
	                                      strerrordesc_np(error) ? strerrordesc_np(error)
	                                                             : "Unknown error",
	                                      NAPI_AUTO_LENGTH, &message));
	NAPI_TRY(env, napi_create_error(env, NULL, message, &object));
	NAPI_TRY(env,
	         napi_create_string_utf8(env, name ? name : "UNKNOWN", NAPI_AUTO_LENGTH, &value));
	NAPI_TRY(env, napi_set_named_property(env, object, "code", value));
	NAPI_TRY(env, napi_create_int32(env, error, &value));
	NAPI_TRY(env, napi_set_named_property(env, object, "errno", value));
	NAPI_TRY(env, napi_create_string_utf8(env, syscall, NAPI_AUTO_LENGTH, &value));
	NAPI_TRY(env, napi_set_named_property(env, object, "syscall", value));
	NAPI_TRY(env, napi_throw(env, object));
	return NULL;
}

napi_value addon_throw_type(napi_env env, const char *words)
{
	napi_throw_type_error(env, NULL, words);
	return NULL;
}

bool addon_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values)
{
	size_t given = count;

	if (napi_get_cb_info(env, info, &given, values, NULL, NULL) != napi_ok) {
		addon_fail(env);
		return false;
	}
	if (given < count) {
		addon_throw_type(env, "too few arguments");
		return false;
	}
	return true;
}

bool addon_int32(napi_env env, napi_value value, int32_t *out)
{
	if (napi_get_value_int32(env, value, out) == napi_ok)
		return true;
	addon_throw_type(env, "a number was expected");
	return false;
}

bool addon_uint32(napi_env env, napi_value value, uint32_t *out)
{
	if (napi_get_value_uint32(env, value, out) == napi_ok)
		return true;
	addon_throw_type(env, "a number was expected");
	return false;
}

bool addon_bytes(napi_env env, napi_value value, const uint8_t **data, size_t *length)
{
	bool is_buffer = false;
	void *bytes = NULL;

	if (napi_is_buffer(env, value, &is_buffer) == napi_ok && is_buffer &&
	    napi_get_buffer_info(env, value, &bytes, length) == napi_ok) {
		*data = bytes;
		return true;
	}
	addon_throw_type(env, "a Buffer was expected");
	return false;
}

napi_value addon_numbers(napi_env env, const int64_t *numbers, uint32_t count)
{
	napi_value array, value;

	NAPI_TRY(env, napi_create_array_with_length(env, count, &array));
	for (uint32_t i = 0; i < count; i++) {
		NAPI_TRY(env, napi_create_int64(env, numbers[i], &value));
		NAPI_TRY(env, napi_set_element(env, array, i, value));
	}
	return array;
}

bool addon_define(napi_env env, napi_value exports, const struct addon_function *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		napi_value function;

		if (napi_create_function(env, rows[i].name, NAPI_AUTO_LENGTH, rows[i].callback,
		                         NULL, &function) != napi_ok ||
		    napi_set_named_property(env, exports, rows[i].name, function) != napi_ok) {
			addon_fail(env);
			return false;
		}
	}
	return true;
}

static bool (*const parts[])(napi_env, napi_value) = {
	comparison_register, device_filter_register, execute_register, findings_register,
	identity_register,   lock_register,          monitor_register, outlet_register,
	pattern_register,    remove_tied_register,   rules_register,   seal_register,
	socketpair_register, table_register,         threads_register, times_register,
	unix_register,       vigil_register,
};

NAPI_MODULE_INIT()
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!parts[i](env, exports))
			return NULL;
	return exports;
}

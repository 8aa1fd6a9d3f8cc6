#include "addon/addon.h"

#include "common/bytes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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

bool addon_doubles(napi_env env, napi_value array, uint32_t count, double *out,
                   const char *expected)
{
	napi_value value;

	for (uint32_t i = 0; i < count; i++) {
		if (napi_get_element(env, array, i, &value) != napi_ok ||
		    napi_get_value_double(env, value, &out[i]) != napi_ok) {
			addon_throw_type(env, expected);
			return false;
		}
	}
	return true;
}

bool addon_bytes(napi_env env, napi_value value, const uint8_t **data, size_t *length)
{
	static const uint8_t nothing;
	bool is_buffer = false;
	void *bytes = NULL;

	if (napi_is_buffer(env, value, &is_buffer) == napi_ok && is_buffer &&
	    napi_get_buffer_info(env, value, &bytes, length) == napi_ok) {
		/* An empty Buffer may have a NULL pointer, which memcpy(3) does not allow. */
		*data = bytes != NULL ? bytes : &nothing;
		return true;
	}
	addon_throw_type(env, "a Buffer was expected");
	return false;
}

bool addon_path(napi_env env, napi_value value, char path[PATH_MAX])
{
	const uint8_t *bytes;
	size_t length;

	if (!addon_bytes(env, value, &bytes, &length))
		return false;
	if (length >= PATH_MAX) {
		addon_throw_errno(env, "open", ENAMETOOLONG);
		return false;
	}
	memcpy(path, bytes, length);
	path[length] = '\0';
	return true;
}

char *addon_string(napi_env env, napi_value value)
{
	const uint8_t *bytes;
	size_t length;

	if (!addon_bytes(env, value, &bytes, &length))
		return NULL;
	char *string = grow_array(NULL, length + 1, 1);
	memcpy(string, bytes, length);
	string[length] = '\0';
	return string;
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

napi_value addon_descriptors(napi_env env, const int ends[2])
{
	napi_value array = addon_numbers(env, (const int64_t[]){ ends[0], ends[1] }, 2);

	if (array == NULL) {
		close(ends[0]);
		close(ends[1]);
	}
	return array;
}

bool addon_wake(napi_env env, const char *name, napi_value callback, napi_threadsafe_function *wake)
{
	napi_value resource;

	if (napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &resource) == napi_ok &&
	    napi_create_threadsafe_function(env, callback, NULL, resource, 0, 1, NULL, NULL, NULL,
	                                    NULL, wake) == napi_ok &&
	    napi_unref_threadsafe_function(env, *wake) == napi_ok)
		return true;
	addon_fail(env);
	return false;
}

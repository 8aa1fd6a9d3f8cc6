/* What the files of the addon share: arguments, results and errors over Node-API. */
#ifndef CLSYNC_ADDON_H
#define CLSYNC_ADDON_H

#include <limits.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Returns from the calling function with a pending JavaScript exception when a Node-API call fails.
 * Not for use while a resource is held that must be released.
 */
#define NAPI_TRY(env, call)                                                                        \
	do {                                                                                       \
		if ((call) != napi_ok)                                                             \
			return addon_fail(env);                                                    \
	} while (0)

/* Throws the last error of Node-API, unless an exception is already pending; returns NULL. */
napi_value addon_fail(napi_env env);

/* Throws an Error with `code` (errno's name), `errno` and `syscall`; returns NULL. */
napi_value addon_throw_errno(napi_env env, const char *syscall, int error);

/* Throws a TypeError with the given words; returns NULL. */
napi_value addon_throw_type(napi_env env, const char *words);

/*
 * Reads exactly `count` arguments of a callback; false with an exception pending when there are
 * fewer.
 */
bool addon_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);

/* Argument readers: false with an exception pending when the value is of another type. */
bool addon_int32(napi_env env, napi_value value, int32_t *out);
bool addon_uint32(napi_env env, napi_value value, uint32_t *out);
/* `expected`: what the exception says where they are not so many numbers. */
bool addon_doubles(napi_env env, napi_value array, uint32_t count, double *out,
                   const char *expected);
/* The Buffer owns the bytes. */
bool addon_bytes(napi_env env, napi_value value, const uint8_t **data, size_t *length);
/* Copies a Buffer and appends a NUL; throws ENAMETOOLONG when that takes more than PATH_MAX. */
bool addon_path(napi_env env, napi_value value, char path[PATH_MAX]);

/* Copies a Buffer and appends a NUL; the caller frees it. NULL with an exception pending. */
char *addon_string(napi_env env, napi_value value);

/* An array of numbers; NULL with an exception pending. */
napi_value addon_numbers(napi_env env, const int64_t *numbers, uint32_t count);
/* Like addon_numbers, for two descriptors that JavaScript then owns; closes them on failure. */
napi_value addon_descriptors(napi_env env, const int ends[2]);

/*
 * Lets other threads call a JavaScript function, one call at a time, without keeping the process
 * alive; `name` is for debuggers. False with an exception pending.
 */
bool addon_wake(napi_env env, const char *name, napi_value callback,
                napi_threadsafe_function *wake);

#endif

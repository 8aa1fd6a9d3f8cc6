/* What the files of the addon share: argument and error helpers over Node-API. */
#ifndef CLSYNC_ADDON_H
#define CLSYNC_ADDON_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Ends the surrounding callback with the pending JavaScript exception when a Node-API call fails.
 */
#define NAPI_TRY(env, call)                                                                        \
	do {                                                                                       \
		if ((call) != napi_ok)                                                             \
			return addon_fail(env);                                                    \
	} while (0)

/* Adds one row to the module's exports. */
struct addon_function {
	const char *name;
	napi_callback callback;
};

/*
 * Throws what Node-API last complained about (unless an exception is already pending); returns
 * NULL.
 */
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
bool addon_bytes(napi_env env, napi_value value, const uint8_t **data, size_t *length);

/* An array of numbers; NULL with an exception pending. */
napi_value addon_numbers(napi_env env, const int64_t *numbers, uint32_t count);

struct rules;

/* Compiles rules given as rows [pattern, actions, allow]; false with an exception pending. */
bool addon_rules(napi_env env, napi_value rows, struct rules *rules);

/* Defines the rows as functions of `exports`; false with an exception pending. */
bool addon_define(napi_env env, napi_value exports, const struct addon_function *rows,
                  size_t count);

/* Each file's part of the module. */
bool comparison_register(napi_env env, napi_value exports);
bool device_filter_register(napi_env env, napi_value exports);
bool execute_register(napi_env env, napi_value exports);
bool findings_register(napi_env env, napi_value exports);
bool identity_register(napi_env env, napi_value exports);
bool lock_register(napi_env env, napi_value exports);
bool monitor_register(napi_env env, napi_value exports);
bool outlet_register(napi_env env, napi_value exports);
bool pattern_register(napi_env env, napi_value exports);
bool remove_tied_register(napi_env env, napi_value exports);
bool rules_register(napi_env env, napi_value exports);
bool seal_register(napi_env env, napi_value exports);
bool threads_register(napi_env env, napi_value exports);
bool socketpair_register(napi_env env, napi_value exports);
bool table_register(napi_env env, napi_value exports);
bool times_register(napi_env env, napi_value exports);
bool unix_register(napi_env env, napi_value exports);
bool vigil_register(napi_env env, napi_value exports);

#endif

/* What the files of the addon share: arguments, errors and opaque handles over Node-API. */
#ifndef CLSYNC_ADDON_H
#define CLSYNC_ADDON_H

#include <limits.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Ends the surrounding callback with the pending JavaScript exception when a Node-API call fails.
 * Not where something is held that must be released.
 */
#define NAPI_TRY(env, call)                                                                        \
	do {                                                                                       \
		if ((call) != napi_ok)                                                             \
			return addon_fail(env);                                                    \
	} while (0)

/* One function of the module. A table of them ends with a row of NULLs. */
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
/* The bytes belong to the Buffer. */
bool addon_bytes(napi_env env, napi_value value, const uint8_t **data, size_t *length);
/* Copies a Buffer and appends a NUL; throws ENAMETOOLONG when that takes more than PATH_MAX. */
bool addon_path(napi_env env, napi_value value, char path[PATH_MAX]);

/* Copies a Buffer and appends a NUL; the caller frees it. NULL with an exception pending. */
char *addon_string(napi_env env, napi_value value);

/* An array of numbers; NULL with an exception pending. */
napi_value addon_numbers(napi_env env, const int64_t *numbers, uint32_t count);
/* As addon_numbers, of two descriptors that become the caller's; closes them on failure. */
napi_value addon_descriptors(napi_env env, const int ends[2]);

/* A kind of object that JavaScript holds as an opaque handle. */
struct addon_handle {
	napi_type_tag tag;
	/* Completes "an open ... was expected". */
	const char *name;
	/* Ends the object and frees its memory. */
	void (*release)(void *data);
};

/*
 * A handle that owns `data`: it is released by addon_handle_close, at the latest with the handle.
 * On failure it is released at once; NULL with an exception pending.
 */
napi_value addon_handle_open(napi_env env, const struct addon_handle *kind, void *data);
/* What a handle owns; NULL with an exception pending where it is another or closed. */
void *addon_handle_data(napi_env env, const struct addon_handle *kind, napi_value handle);
/* Releases what the only argument of a callback, a handle, owns. Returns NULL. */
napi_value addon_handle_close(napi_env env, napi_callback_info info,
                              const struct addon_handle *kind);

/*
 * Lets other threads call a JavaScript function, one call at a time, without keeping the process
 * alive; `name` is for debuggers. False with an exception pending.
 */
bool addon_wake(napi_env env, const char *name, napi_value callback,
                napi_threadsafe_function *wake);

struct rules;

/*
 * Compiles rules given as rows [pattern, actions, allow]; the caller frees them with rules_free().
 * False with an exception pending.
 */
bool addon_rules(napi_env env, napi_value rows, struct rules *rules);

/* Each file's part of the module. */
extern const struct addon_function comparison_functions[];
extern const struct addon_function device_filter_functions[];
extern const struct addon_function execute_functions[];
extern const struct addon_function findings_functions[];
extern const struct addon_function identity_functions[];
extern const struct addon_function lock_functions[];
extern const struct addon_function monitor_functions[];
extern const struct addon_function outlet_functions[];
extern const struct addon_function pattern_functions[];
extern const struct addon_function remove_tied_functions[];
extern const struct addon_function rules_functions[];
extern const struct addon_function seal_functions[];
extern const struct addon_function socketpair_functions[];
extern const struct addon_function table_functions[];
extern const struct addon_function threads_functions[];
extern const struct addon_function times_functions[];
extern const struct addon_function unix_functions[];
extern const struct addon_function vigil_functions[];

#endif

/* Opaque handles: objects of C that JavaScript holds. */
#ifndef CLSYNC_ADDON_HANDLE_H
#define CLSYNC_ADDON_HANDLE_H

#include "addon/addon.h"

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

#endif

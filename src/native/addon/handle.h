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
 * Creates a handle that owns `data`. addon_handle_close releases it, or else the garbage collection
 * of the handle. On failure it is released at once; NULL with an exception pending.
 */
napi_value addon_handle_open(napi_env env, const struct addon_handle *kind, void *data);
/* The data of a handle; NULL with an exception pending when it is of another kind or closed. */
void *addon_handle_data(napi_env env, const struct addon_handle *kind, napi_value handle);
/* For a callback whose only argument is a handle: releases the handle's data. Returns NULL. */
napi_value addon_handle_close(napi_env env, napi_callback_info info,
                              const struct addon_handle *kind);

#endif

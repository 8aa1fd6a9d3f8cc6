#include "addon/handle.h"

#include <stdio.h>

static void finalize(napi_env env, void *data, void *hint)
{
	const struct addon_handle *kind = hint;

	(void)env;
	kind->release(data);
}

napi_value addon_handle_open(napi_env env, const struct addon_handle *kind, void *data)
{
	napi_value handle;

	if (napi_create_object(env, &handle) == napi_ok &&
	    napi_type_tag_object(env, handle, &kind->tag) == napi_ok &&
	    napi_wrap(env, handle, data, finalize, (void *)(uintptr_t)kind, NULL) == napi_ok)
		return handle;
	kind->release(data);
	return addon_fail(env);
}

void *addon_handle_data(napi_env env, const struct addon_handle *kind, napi_value handle)
{
	char words[64];
	bool is_kind = false;
	void *data = NULL;

	if (napi_check_object_type_tag(env, handle, &kind->tag, &is_kind) == napi_ok && is_kind &&
	    napi_unwrap(env, handle, &data) == napi_ok)
		return data;
	snprintf(words, sizeof(words), "an open %s was expected", kind->name);
	addon_throw_type(env, words);
	return NULL;
}

napi_value addon_handle_close(napi_env env, napi_callback_info info,
                              const struct addon_handle *kind)
{
	napi_value handle;
	void *data;

	if (!addon_arguments(env, info, 1, &handle) || addon_handle_data(env, kind, handle) == NULL)
		return NULL;
	/* From here on the handle is closed, and finalize is not called. */
	NAPI_TRY(env, napi_remove_wrap(env, handle, &data));
	kind->release(data);
	return NULL;
}

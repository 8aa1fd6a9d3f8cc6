/* Rules given by JavaScript. */
#ifndef CLSYNC_RULES_HANDLE_H
#define CLSYNC_RULES_HANDLE_H

#include "addon/addon.h"
#include "watch/rules.h"

/*
 * Compiles rules given as rows [pattern, actions, allow]; the caller frees them with rules_free().
 * False with an exception pending.
 */
bool addon_rules(napi_env env, napi_value rows, struct rules *rules);
/* The rules of a handle, which the handle owns; NULL with an exception pending. */
const struct rules *addon_compiled_rules(napi_env env, napi_value handle);

#endif

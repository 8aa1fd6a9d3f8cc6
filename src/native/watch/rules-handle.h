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

#endif

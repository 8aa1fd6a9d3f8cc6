/* Rules for JavaScript: compiled into an opaque handle, and evaluated. */
#include "addon/handle.h"
#include "addon/module.h"
#include "common/bytes.h"
#include "watch/rules-handle.h"

#include <limits.h>
#include <stdlib.h>

/* Appends one rule given as [pattern, actions, allow]; false with an exception pending. */
static bool add_rule(napi_env env, napi_value row, struct rules *rules)
{
	napi_value fields[3];
	uint32_t actions;
	char *pattern, words[256];
	regex_t failed;
	bool allow;
	int error;

	for (uint32_t i = 0; i < 3; i++)
		if (napi_get_element(env, row, i, &fields[i]) != napi_ok)
			return addon_fail(env), false;
	if (!addon_uint32(env, fields[1], &actions))
		return false;
	if (napi_get_value_bool(env, fields[2], &allow) != napi_ok)
		return addon_fail(env), false;
	pattern = addon_string(env, fields[0]);
	if (pattern == NULL)
		return false;
	error = rules_add(rules, pattern, (uint8_t)actions, allow, &failed);
	free(pattern);
	if (!error)
		return true;
	regerror(error, &failed, words, sizeof(words));
	napi_throw_error(env, "ERR_REGEXP", words);
	return false;
}

bool addon_rules(napi_env env, napi_value rows, struct rules *rules)
{
	napi_value row;
	uint32_t count;

	*rules = (struct rules){ 0 };
	if (napi_get_array_length(env, rows, &count) != napi_ok)
		return addon_fail(env), false;
	for (uint32_t i = 0; i < count; i++) {
		if (napi_get_element(env, rows, i, &row) == napi_ok ? add_rule(env, row, rules)
		                                                    : (addon_fail(env), false))
			continue;
		rules_free(rules);
		return false;
	}
	return true;
}

static void release(void *data)
{
	rules_free(data);
	free(data);
}

static const struct addon_handle handle_kind = {
	.tag = { 0x636c73796e632072u, 0x756c657300000001u },
	.name = "set of rules",
	.release = release,
};

const struct rules *addon_compiled_rules(napi_env env, napi_value handle)
{
	return addon_handle_data(env, &handle_kind, handle);
}

/* rulesCompile(rows): an opaque handle. */
static napi_value js_rules_compile(napi_env env, napi_callback_info info)
{
	struct rules compiled, *rules;
	napi_value rows;

	if (!addon_arguments(env, info, 1, &rows) || !addon_rules(env, rows, &compiled))
		return NULL;
	rules = grow_array(NULL, 1, sizeof(*rules));
	*rules = compiled;
	return addon_handle_open(env, &handle_kind, rules);
}

/* rulesAllowed(rules, actions, path): of the action bits, those that are allowed. */
static napi_value js_rules_allowed(napi_env env, napi_callback_info info)
{
	napi_value arguments[3], result;
	const struct rules *rules;
	char path[PATH_MAX];
	uint32_t actions;

	if (!addon_arguments(env, info, 3, arguments) ||
	    (rules = addon_compiled_rules(env, arguments[0])) == NULL ||
	    !addon_uint32(env, arguments[1], &actions) || !addon_path(env, arguments[2], path))
		return NULL;
	NAPI_TRY(env,
	         napi_create_uint32(env, rules_allowed(rules, (uint8_t)actions, path), &result));
	return result;
}

const struct addon_function rules_functions[] = {
	{ "rulesCompile", js_rules_compile },
	{ "rulesAllowed", js_rules_allowed },
	{ NULL, NULL },
};

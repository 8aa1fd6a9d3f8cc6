/* Rules as JavaScript gives them and asks them. */
#include "addon/addon.h"
#include "addon/bytes.h"
#include "watch/rules.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const napi_type_tag RULES_TAG = { 0x636c73796e632072u, 0x756c657300000001u };

/* Appends one rule given as [pattern, actions, allow]; false with an exception pending. */
static bool add_rule(napi_env env, napi_value row, struct rules *rules)
{
	napi_value fields[3];
	const uint8_t *bytes;
	size_t length;
	uint32_t actions;
	char *pattern, words[256];
	regex_t failed;
	bool allow;
	int error;

	for (uint32_t i = 0; i < 3; i++)
		if (napi_get_element(env, row, i, &fields[i]) != napi_ok)
			return addon_fail(env), false;
	if (!addon_bytes(env, fields[0], &bytes, &length) ||
	    !addon_uint32(env, fields[1], &actions))
		return false;
	if (napi_get_value_bool(env, fields[2], &allow) != napi_ok)
		return addon_fail(env), false;
	pattern = grow_array(NULL, length + 1, 1);
	memcpy(pattern, bytes, length);
	pattern[length] = '\0';
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

static void finalize(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	rules_free(data);
	free(data);
}

/* rulesCompile(rows): an opaque handle. */
static napi_value js_rules_compile(napi_env env, napi_callback_info info)
{
	napi_value rows, handle;
	struct rules compiled, *rules;

	if (!addon_arguments(env, info, 1, &rows) || !addon_rules(env, rows, &compiled))
		return NULL;
	rules = grow_array(NULL, 1, sizeof(*rules));
	*rules = compiled;
	if (napi_create_object(env, &handle) != napi_ok ||
	    napi_type_tag_object(env, handle, &RULES_TAG) != napi_ok ||
	    napi_wrap(env, handle, rules, finalize, NULL, NULL) != napi_ok) {
		finalize(env, rules, NULL);
		return addon_fail(env);
	}
	return handle;
}

/* rulesAllowed(rules, actions, path): of the action bits, those that are allowed. */
static napi_value js_rules_allowed(napi_env env, napi_callback_info info)
{
	napi_value arguments[3], result;
	const uint8_t *bytes;
	bool is_rules = false;
	void *rules = NULL;
	char path[PATH_MAX];
	uint32_t actions;
	size_t length;

	if (!addon_arguments(env, info, 3, arguments) ||
	    !addon_uint32(env, arguments[1], &actions) ||
	    !addon_bytes(env, arguments[2], &bytes, &length))
		return NULL;
	if (napi_check_object_type_tag(env, arguments[0], &RULES_TAG, &is_rules) != napi_ok ||
	    !is_rules || napi_unwrap(env, arguments[0], &rules) != napi_ok ||
	    length >= sizeof(path))
		return addon_throw_type(env, "rules and a path were expected");
	memcpy(path, bytes, length);
	path[length] = '\0';
	NAPI_TRY(env,
	         napi_create_uint32(env, rules_allowed(rules, (uint8_t)actions, path), &result));
	return result;
}

bool rules_register(napi_env env, napi_value exports)
{
	static const struct addon_function rows[] = {
		{ "rulesCompile", js_rules_compile },
		{ "rulesAllowed", js_rules_allowed },
	};

	return addon_define(env, exports, rows, sizeof(rows) / sizeof(rows[0]));
}

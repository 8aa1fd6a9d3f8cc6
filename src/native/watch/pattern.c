/* Checks a regular expression with regcomp(3). */
#include "addon/module.h"

#include <regex.h>
#include <stdlib.h>

/* checkPattern(pattern): the text of regerror(3), or undefined when the expression is valid. */
static napi_value js_check_pattern(napi_env env, napi_callback_info info)
{
	napi_value argument, result;
	char *pattern, words[256];
	regex_t compiled;
	int error;

	if (!addon_arguments(env, info, 1, &argument) ||
	    (pattern = addon_string(env, argument)) == NULL)
		return NULL;
	error = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
	free(pattern);
	if (error) {
		regerror(error, &compiled, words, sizeof(words));
		NAPI_TRY(env, napi_create_string_utf8(env, words, NAPI_AUTO_LENGTH, &result));
	} else {
		regfree(&compiled);
		NAPI_TRY(env, napi_get_undefined(env, &result));
	}
	return result;
}

const struct addon_function pattern_functions[] = {
	{ "checkPattern", js_check_pattern },
	{ NULL, NULL },
};

/* regcomp(3) asked for an opinion. */
#include "addon/addon.h"
#include "addon/bytes.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* checkPattern(pattern): what is wrong with a regular expression, or undefined. */
static napi_value js_check_pattern(napi_env env, napi_callback_info info)
{
	napi_value argument, result;
	const uint8_t *bytes;
	size_t length;
	char *pattern, words[256];
	regex_t compiled;
	int error;

	if (!addon_arguments(env, info, 1, &argument) ||
	    !addon_bytes(env, argument, &bytes, &length))
		return NULL;
	pattern = grow_array(NULL, length + 1, 1);
	memcpy(pattern, bytes, length);
	pattern[length] = '\0';
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

bool pattern_register(napi_env env, napi_value exports)
{
	static const struct addon_function rows[] = { { "checkPattern", js_check_pattern } };

	return addon_define(env, exports, rows, sizeof(rows) / sizeof(rows[0]));
}

/* Whether a text is a POSIX extended regular expression: the master says so before a rules file is put to use. */
#include "addon.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* checkPattern(bytes): undefined, or regcomp(3)'s complaint. */
static napi_value js_check_pattern(napi_env env, napi_callback_info info)
{
	napi_value argument, result = NULL;
	const uint8_t *data;
	size_t length;
	regex_t compiled;
	char complaint[256];

	if (!addon_arguments(env, info, 1, &argument) || !addon_bytes(env, argument, &data, &length))
		return NULL;
	if (length > 0 && memchr(data, '\0', length) != NULL)
		return addon_throw_type(env, "a pattern holds a NUL byte");
	char *pattern = malloc(length + 1);
	if (pattern == NULL)
		return addon_throw_type(env, "out of memory");
	if (length > 0)
		memcpy(pattern, data, length);
	pattern[length] = '\0';
	int error = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
	free(pattern);
	if (error == 0) {
		regfree(&compiled);
		return NULL;
	}
	regerror(error, &compiled, complaint, sizeof(complaint));
	NAPI_TRY(env, napi_create_string_latin1(env, complaint, NAPI_AUTO_LENGTH, &result));
	return result;
}

bool pattern_register(napi_env env, napi_value exports)
{
	static const struct addon_function rows[] = { { "checkPattern", js_check_pattern } };

	return addon_define(env, exports, rows, sizeof(rows) / sizeof(rows[0]));
}

/* The probes as an addon, for the process of a role itself, which cannot start another program. */
#include "probe.h"

#include <node_api.h>

#define WORDS 5

/* names(): the names of all probes, in their order. */
static napi_value js_names(napi_env env, napi_callback_info info)
{
	napi_value list, name;

	(void)info;
	napi_create_array(env, &list);
	for (const struct probe *const *probe = __start_probes; probe < __stop_probes; probe++) {
		napi_create_string_latin1(env, (*probe)->name, NAPI_AUTO_LENGTH, &name);
		napi_set_element(env, list, (uint32_t)(probe - __start_probes), name);
	}
	return list;
}

/* describe(words): sets the arena. */
static napi_value js_describe(napi_env env, napi_callback_info info)
{
	static char text[WORDS][1024];
	char *words[WORDS];
	napi_value list, word;
	size_t count = 1;

	napi_get_cb_info(env, info, &count, &list, NULL, NULL);
	for (uint32_t i = 0; i < WORDS; i++) {
		napi_get_element(env, list, i, &word);
		napi_get_value_string_latin1(env, word, text[i], sizeof(text[i]), NULL);
		words[i] = text[i];
	}
	describe(words);
	return NULL;
}

/* attempt(index): the verdict of one probe. */
static napi_value js_attempt(napi_env env, napi_callback_info info)
{
	napi_value index, verdict;
	uint32_t number = 0;
	size_t count = 1;

	napi_get_cb_info(env, info, &count, &index, NULL, NULL);
	napi_get_value_uint32(env, index, &number);
	int error = attempt(__start_probes[number]);
	alarm(0);
	napi_create_string_latin1(env, verdict_of(error), NAPI_AUTO_LENGTH, &verdict);
	return verdict;
}

NAPI_MODULE_INIT()
{
	const napi_property_descriptor properties[] = {
		{ "names", NULL, js_names, NULL, NULL, NULL, napi_enumerable, NULL },
		{ "describe", NULL, js_describe, NULL, NULL, NULL, napi_enumerable, NULL },
		{ "attempt", NULL, js_attempt, NULL, NULL, NULL, napi_enumerable, NULL },
	};

	napi_define_properties(env, exports, sizeof(properties) / sizeof(properties[0]),
	                       properties);
	return exports;
}

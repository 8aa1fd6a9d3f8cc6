/* A comparison as JavaScript sees it: an opaque handle. */
#include "addon/addon.h"
#include "addon/comparison.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const napi_type_tag COMPARISON_TAG = { 0x636c73796e632063u, 0x6f6d706172650001u };

static void finalize(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	compare_free(data);
	free(data);
}

static struct comparison *handle_argument(napi_env env, napi_value value)
{
	bool is_comparison = false;
	void *data = NULL;

	if (napi_check_object_type_tag(env, value, &COMPARISON_TAG, &is_comparison) == napi_ok &&
	    is_comparison && napi_unwrap(env, value, &data) == napi_ok)
		return data;
	addon_throw_type(env, "an open comparison was expected");
	return NULL;
}

/* The fields of struct compare_terms, in their order; false with an exception pending. */
static bool read_terms(napi_env env, napi_value array, struct compare_terms *terms)
{
	double fields[6];
	napi_value value;

	for (uint32_t i = 0; i < 6; i++) {
		if (napi_get_element(env, array, i, &value) != napi_ok ||
		    napi_get_value_double(env, value, &fields[i]) != napi_ok) {
			addon_throw_type(env, "six numbers were expected");
			return false;
		}
	}
	*terms = (struct compare_terms){ .options = (uint32_t)fields[0],
		                         .window = (int32_t)fields[1],
		                         .margin = fields[2],
		                         .since = fields[3],
		                         .sparse_least = fields[4],
		                         .sparse_share = fields[5] };
	return true;
}

/* compareOpen(source, copy, terms, skipped): takes the descriptors over. */
static napi_value js_compare_open(napi_env env, napi_callback_info info)
{
	napi_value arguments[4], handle;
	struct comparison *comparison;
	struct compare_terms terms;
	const uint8_t *skipped;
	int32_t source, copy;
	size_t length;

	if (!addon_arguments(env, info, 4, arguments) || !addon_int32(env, arguments[0], &source) ||
	    !addon_int32(env, arguments[1], &copy) || !read_terms(env, arguments[2], &terms) ||
	    !addon_bytes(env, arguments[3], &skipped, &length))
		return NULL;
	NAPI_TRY(env, napi_create_object(env, &handle));
	NAPI_TRY(env, napi_type_tag_object(env, handle, &COMPARISON_TAG));
	comparison = grow_array(NULL, 1, sizeof(*comparison));
	compare_init(comparison, source, copy, &terms, skipped, length);
	NAPI_TRY(env, napi_wrap(env, handle, comparison, finalize, NULL, NULL));
	return handle;
}

/* compareAdd(comparison, path, extent) */
static napi_value js_compare_add(napi_env env, napi_callback_info info)
{
	napi_value arguments[3];
	struct comparison *comparison;
	const uint8_t *path;
	uint32_t extent;
	size_t length;

	if (!addon_arguments(env, info, 3, arguments) ||
	    !(comparison = handle_argument(env, arguments[0])) ||
	    !addon_bytes(env, arguments[1], &path, &length) ||
	    !addon_uint32(env, arguments[2], &extent))
		return NULL;
	if (length + NAME_MAX + 2 > PATH_MAX)
		return addon_throw_errno(env, "open", ENAMETOOLONG);
	compare_add(comparison, (const char *)path, length, extent);
	return NULL;
}

/* compareStep(comparison, budget): [findings, whether there is more to do] */
static napi_value js_compare_step(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], pair, buffer, flag;
	struct comparison *comparison;
	uint32_t budget;
	bool more;

	if (!addon_arguments(env, info, 2, arguments) ||
	    !(comparison = handle_argument(env, arguments[0])) ||
	    !addon_uint32(env, arguments[1], &budget))
		return NULL;
	more = compare_step(comparison, budget);
	NAPI_TRY(env, napi_create_buffer_copy(env, comparison->findings.length,
	                                      comparison->findings.data, NULL, &buffer));
	comparison->findings.length = 0;
	NAPI_TRY(env, napi_get_boolean(env, more, &flag));
	NAPI_TRY(env, napi_create_array_with_length(env, 2, &pair));
	NAPI_TRY(env, napi_set_element(env, pair, 0, buffer));
	NAPI_TRY(env, napi_set_element(env, pair, 1, flag));
	return pair;
}

/* compareClose(comparison) */
static napi_value js_compare_close(napi_env env, napi_callback_info info)
{
	napi_value argument;
	void *data;

	if (!addon_arguments(env, info, 1, &argument) || !handle_argument(env, argument))
		return NULL;
	NAPI_TRY(env, napi_remove_wrap(env, argument, &data));
	compare_free(data);
	free(data);
	return NULL;
}

bool comparison_register(napi_env env, napi_value exports)
{
	static const struct addon_function rows[] = {
		{ "compareOpen", js_compare_open },
		{ "compareAdd", js_compare_add },
		{ "compareStep", js_compare_step },
		{ "compareClose", js_compare_close },
	};

	return addon_define(env, exports, rows, sizeof(rows) / sizeof(rows[0]));
}

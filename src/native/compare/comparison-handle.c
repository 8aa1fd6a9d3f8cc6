/* The opaque handle for a comparison in JavaScript. */
#include "addon/handle.h"
#include "addon/module.h"
#include "compare/comparison.h"
#include "compare/pairs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static void release(void *data)
{
	compare_free(data);
	free(data);
}

static const struct addon_handle handle_kind = {
	.tag = { 0x636c73796e632063u, 0x6f6d706172650001u },
	.name = "comparison",
	.release = release,
};

/* The fields of struct compare_terms, in their order; false with an exception pending. */
static bool read_terms(napi_env env, napi_value array, struct compare_terms *terms)
{
	double fields[6];

	if (!addon_doubles(env, array, 6, fields, "six numbers were expected"))
		return false;
	*terms = (struct compare_terms){ .options = (uint32_t)fields[0],
		                         .window = (int32_t)fields[1],
		                         .margin = fields[2],
		                         .since = fields[3],
		                         .sparse_least = fields[4],
		                         .sparse_share = fields[5] };
	return true;
}

/*
 * compareOpen(source, copy, terms, skipped): takes ownership of the descriptors, and closes them
 * also when it throws.
 */
static napi_value js_compare_open(napi_env env, napi_callback_info info)
{
	napi_value arguments[4];
	struct compare_terms terms;
	const uint8_t *skipped;
	int32_t source = -1, copy = -1;
	size_t length;

	if (!addon_arguments(env, info, 4, arguments) || !addon_int32(env, arguments[0], &source) ||
	    !addon_int32(env, arguments[1], &copy) || !read_terms(env, arguments[2], &terms) ||
	    !addon_bytes(env, arguments[3], &skipped, &length))
		goto close_both;
	struct comparison *comparison = grow_array(NULL, 1, sizeof(*comparison));
	compare_init(comparison, source, copy, &terms, skipped, length);
	return addon_handle_open(env, &handle_kind, comparison);

close_both:
	if (source >= 0)
		close(source);
	if (copy >= 0)
		close(copy);
	return NULL;
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
	    !(comparison = addon_handle_data(env, &handle_kind, arguments[0])) ||
	    !addon_bytes(env, arguments[1], &path, &length) ||
	    !addon_uint32(env, arguments[2], &extent))
		return NULL;
	/* As the watcher's paths are. What is in it is left out where its path would be longer. */
	if (length >= PATH_MAX)
		return addon_throw_errno(env, "open", ENAMETOOLONG);
	compare_add(comparison, (const char *)path, length, extent);
	return NULL;
}

/* compareStep(comparison, budget): [differences, whether there is more to do] */
static napi_value js_compare_step(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], pair, buffer, flag;
	struct comparison *comparison;
	uint32_t budget;
	bool more;

	if (!addon_arguments(env, info, 2, arguments) ||
	    !(comparison = addon_handle_data(env, &handle_kind, arguments[0])) ||
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
	return addon_handle_close(env, info, &handle_kind);
}

const struct addon_function comparison_functions[] = {
	{ "compareOpen", js_compare_open },
	{ "compareAdd", js_compare_add },
	{ "compareStep", js_compare_step },
	{ "compareClose", js_compare_close },
	{ NULL, NULL },
};

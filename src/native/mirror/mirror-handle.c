/* The opaque handle for a mirror in JavaScript, and its runs. */
#include "addon/handle.h"
#include "addon/module.h"
#include "common/bytes.h"
#include "mirror/findings.h"
#include "mirror/mirror.h"
#include "mirror/phases.h"
#include "mirror/run.h"
#include "watch/rules-handle.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_THREADS = 64 };

struct held;

/* A run that has not ended, as JavaScript knows it. Used by its thread only. */
struct active {
	/* NULL: closed. */
	struct held *held;
	struct active *next;
	struct mirror_run *run;
	napi_threadsafe_function ended;
	/* The handle of the rules, which own what the run uses; or NULL. */
	napi_ref rules;
};

struct held {
	struct mirror *mirror;
	struct active *runs;
	uint32_t numbers;
};

static void release(void *data)
{
	struct held *held = data;

	for (struct active *active = held->runs; active; active = active->next) {
		atomic_store(&active->run->stopped, true);
		active->held = NULL;
	}
	mirror_close(held->mirror);
	free(held);
}

static const struct addon_handle handle_kind = {
	.tag = { 0x636c73796e63206du, 0x6972726f72000001u },
	.name = "mirror",
	.release = release,
};

/* The fields of struct mirror_terms, in their order; false with an exception pending. */
static bool read_terms(napi_env env, napi_value array, struct mirror_terms *terms)
{
	double fields[7];

	if (!addon_doubles(env, array, 7, fields, "seven numbers were expected"))
		return false;
	if (!(fields[5] >= 1 && fields[5] <= MOST_THREADS)) {
		addon_throw_errno(env, "pthread_create", EINVAL);
		return false;
	}
	*terms = (struct mirror_terms){ .options = (uint32_t)fields[0],
		                        .window = (int32_t)fields[1],
		                        .margin = fields[2],
		                        .sparse_least = fields[3],
		                        .sparse_share = fields[4],
		                        .threads = (uint32_t)fields[5],
		                        .delta_least = fields[6] };
	return true;
}

/* mirrorOpen(source, destination, backup, terms) */
static napi_value js_mirror_open(napi_env env, napi_callback_info info)
{
	napi_value arguments[4];
	struct mirror_terms terms;
	int32_t descriptors[3] = { -1, -1, -1 };
	struct mirror *mirror;
	struct held *held;

	if (!addon_arguments(env, info, 4, arguments))
		return NULL;
	for (int i = 0; i < 3; i++)
		if (!addon_int32(env, arguments[i], &descriptors[i]))
			goto close_all;
	if (!read_terms(env, arguments[3], &terms))
		goto close_all;
	mirror = mirror_open(descriptors[0], descriptors[1], descriptors[2], &terms);
	if (!mirror)
		return addon_throw_errno(env, "pthread_create", errno);
	held = grow_array(NULL, 1, sizeof(*held));
	*held = (struct held){ .mirror = mirror };
	return addon_handle_open(env, &handle_kind, held);

close_all:
	for (int i = 0; i < 3; i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	return NULL;
}

static void forget(napi_env env, struct active *active)
{
	struct active **at = active->held ? &active->held->runs : NULL;

	while (at && *at != active)
		at = &(*at)->next;
	if (at)
		*at = active->next;
	if (env && active->rules)
		napi_delete_reference(env, active->rules);
	run_free(active->run);
	free(active);
}

/* On JavaScript's thread. `env` is NULL while it ends. */
static void call_done(napi_env env, napi_value done, void *context, void *data)
{
	struct active *active = context;
	napi_threadsafe_function ended = active->ended;
	struct bytes bytes = { 0 };
	napi_value buffer, undefined;

	(void)data;
	findings_answer(active->run, &bytes);
	forget(env, active);
	napi_release_threadsafe_function(ended, napi_tsfn_release);
	if (env &&
	    napi_create_buffer_copy(env, bytes.length, bytes.data, NULL, &buffer) == napi_ok &&
	    napi_get_undefined(env, &undefined) == napi_ok)
		napi_call_function(env, undefined, done, 1, &buffer, NULL);
	bytes_free(&bytes);
}

/* By a thread of the mirror. */
static void on_ended(struct mirror_run *run)
{
	const struct active *active = run->owner;

	napi_call_threadsafe_function(active->ended, NULL, napi_tsfn_nonblocking);
}

/* What a run is told, from the arguments of mirrorRun(); false with an exception pending. */
static bool read_run(napi_env env, const napi_value arguments[7], struct mirror_run *run)
{
	const uint8_t *bytes[4];
	size_t lengths[4];
	napi_valuetype type;
	static const int buffers[4] = { 1, 2, 3, 6 };

	for (int i = 0; i < 4; i++)
		if (!addon_bytes(env, arguments[buffers[i]], &bytes[i], &lengths[i]))
			return false;
	if (!addon_uint32(env, arguments[5], &run->options))
		return false;
	if (napi_typeof(env, arguments[4], &type) != napi_ok)
		return addon_fail(env), false;
	if (type != napi_undefined) {
		run->protection.rules = addon_compiled_rules(env, arguments[4]);
		if (!run->protection.rules)
			return false;
	}
	run->stamp = addon_string(env, arguments[6]);
	if ((run->options & RUN_BACKUP && (run->mirror->backup < 0 || !is_name(run->stamp))) ||
	    !rows_decode(&run->rows, bytes[0], lengths[0])) {
		addon_throw_errno(env, "mirror", EINVAL);
		return false;
	}
	paths_decode(&run->protection.skipped, bytes[1], lengths[1]);
	paths_decode(&run->protection.contents, bytes[2], lengths[2]);
	run->is_short = !rows_have_trees(&run->rows);
	return true;
}

/* Lets the run call a function of JavaScript; false with an exception pending. */
static bool make_active(napi_env env, struct active *active, napi_value rules, napi_value done)
{
	napi_value name;

	if (napi_create_string_utf8(env, "mirror", NAPI_AUTO_LENGTH, &name) != napi_ok ||
	    (active->run->protection.rules &&
	     napi_create_reference(env, rules, 1, &active->rules) != napi_ok) ||
	    napi_create_threadsafe_function(env, done, NULL, name, 0, 1, NULL, NULL, active,
	                                    call_done, &active->ended) != napi_ok) {
		addon_fail(env);
		return false;
	}
	return true;
}

/* mirrorRun(mirror, rows, skipped, contents, rules, options, stamp, done): the run's number. */
static napi_value js_mirror_run(napi_env env, napi_callback_info info)
{
	napi_value arguments[8], number;
	struct active *active;
	struct held *held;

	if (!addon_arguments(env, info, 8, arguments) ||
	    !(held = addon_handle_data(env, &handle_kind, arguments[0])))
		return NULL;
	active = grow_array(NULL, 1, sizeof(*active));
	*active = (struct active){ .run = run_new(held->mirror) };
	active->run->number = ++held->numbers;
	if (napi_create_uint32(env, active->run->number, &number) != napi_ok ||
	    !read_run(env, arguments, active->run) ||
	    !make_active(env, active, arguments[4], arguments[7])) {
		forget(env, active);
		return addon_fail(env);
	}
	active->held = held;
	active->next = held->runs;
	held->runs = active;
	active->run->owner = active;
	active->run->ended = on_ended;
	phases_start(active->run);
	return number;
}

/* The run of the arguments (mirror, run); NULL: it is over, or an exception is pending. */
static struct active *find_active(napi_env env, napi_callback_info info, napi_value arguments[2])
{
	struct held *held;
	uint32_t number;

	if (!addon_arguments(env, info, 2, arguments) ||
	    !(held = addon_handle_data(env, &handle_kind, arguments[0])) ||
	    !addon_uint32(env, arguments[1], &number))
		return NULL;
	for (struct active *active = held->runs; active; active = active->next)
		if (active->run->number == number)
			return active;
	return NULL;
}

/* mirrorProgress(mirror, run): [looked, known, copied, bytes], or undefined. */
static napi_value js_mirror_progress(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	const struct active *active = find_active(env, info, arguments);
	struct mirror_run *run;

	if (!active)
		return NULL;
	run = active->run;
	const int64_t numbers[] = { (int64_t)atomic_load(&run->counts[COUNT_LOOKED]),
		                    (int64_t)atomic_load(&run->known),
		                    (int64_t)atomic_load(&run->counts[COUNT_COPIED]),
		                    (int64_t)atomic_load(&run->counts[COUNT_BYTES]) };
	return addon_numbers(env, numbers, 4);
}

/* mirrorStop(mirror, run) */
static napi_value js_mirror_stop(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	const struct active *active = find_active(env, info, arguments);

	if (active)
		atomic_store(&active->run->stopped, true);
	return NULL;
}

/* mirrorLeave(mirror, run) */
static napi_value js_mirror_leave(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	const struct active *active = find_active(env, info, arguments);

	if (active)
		atomic_store(&active->run->leaving, true);
	return NULL;
}

/* mirrorClose(mirror) */
static napi_value js_mirror_close(napi_env env, napi_callback_info info)
{
	struct held *held;
	napi_value handle;

	if (!addon_arguments(env, info, 1, &handle) ||
	    !(held = addon_handle_data(env, &handle_kind, handle)))
		return NULL;
	for (const struct active *active = held->runs; active; active = active->next)
		napi_unref_threadsafe_function(env, active->ended);
	return addon_handle_close(env, info, &handle_kind);
}

const struct addon_function mirror_functions[] = {
	{ "mirrorOpen", js_mirror_open },
	{ "mirrorRun", js_mirror_run },
	{ "mirrorProgress", js_mirror_progress },
	{ "mirrorStop", js_mirror_stop },
	{ "mirrorLeave", js_mirror_leave },
	{ "mirrorClose", js_mirror_close },
	{ NULL, NULL },
};

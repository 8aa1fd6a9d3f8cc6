/*
 * Tells JavaScript of the system calls that the filter of the seal refuses.
 */
#include "addon/module.h"
#include "common/refused-calls.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static _Atomic uint32_t counts[CALLS_MAX];
/* Somebody has been told that there is something to read. */
static atomic_bool told;
static int bell = -1;

/* A full pipe is as good. */
static void ring(void)
{
	if (!atomic_exchange(&told, true) && write(bell, "", 1) < 0)
		atomic_store(&told, false);
}

/*
 * countRefusals(pipe): from now on a refused call is counted, and a byte is written to the pipe
 * once there is something to take.
 */
static napi_value js_count_refusals(napi_env env, napi_callback_info info)
{
	napi_value argument;

	if (!addon_arguments(env, info, 1, &argument) || !addon_int32(env, argument, &bell))
		return NULL;
	if (fcntl(bell, F_SETFL, O_NONBLOCK) != 0 || !count_refused_calls(counts, ring))
		return addon_throw_errno(env, "sigaction", errno);
	return NULL;
}

/*
 * takeRefusals(): numbers of system calls, each followed by how often it was refused since the last
 * time.
 */
static napi_value js_take_refusals(napi_env env, napi_callback_info info)
{
	napi_value array, value;
	uint32_t length = 0;

	(void)info;
	atomic_store(&told, false);
	NAPI_TRY(env, napi_create_array(env, &array));
	for (uint32_t call = 0; call < CALLS_MAX; call++) {
		const uint32_t row[] = { call, atomic_exchange(&counts[call], 0) };

		for (size_t i = 0; row[1] != 0 && i < 2; i++) {
			NAPI_TRY(env, napi_create_uint32(env, row[i], &value));
			NAPI_TRY(env, napi_set_element(env, array, length++, value));
		}
	}
	return array;
}

const struct addon_function refusals_functions[] = {
	{ "countRefusals", js_count_refusals },
	{ "takeRefusals", js_take_refusals },
	{ NULL, NULL },
};

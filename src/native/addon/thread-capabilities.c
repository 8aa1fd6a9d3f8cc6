/*
 * Drops capabilities in every thread, since each thread has its own sets and Node has several
 * threads. The caller checks every thread in /proc, and calls again for threads that were created
 * meanwhile.
 */
#include "addon/every-thread.h"
#include "addon/module.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t kept, kept_bounding;

/*
 * Makes system calls only, as it runs in a signal handler. The caller notices errors when it checks
 * /proc.
 */
static void drop_in_this_thread(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];

	/* The bounding set first, since changing it needs CAP_SETPCAP. */
	for (unsigned long capability = 0; capability < 64; capability++)
		if ((kept_bounding >> capability & 1) == 0 &&
		    syscall(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
			break;
	if (syscall(SYS_capget, &header, sets) != 0)
		return;
	for (int half = 0; half < 2; half++) {
		const uint32_t mask = (uint32_t)(kept >> 32 * half);

		sets[half].permitted &= mask;
		sets[half].effective &= mask;
		sets[half].inheritable &= mask;
	}
	syscall(SYS_capset, &header, sets);
}

/*
 * limitCapabilities(mask, bounding): keeps no capabilities except those in the mask, and none in
 * the bounding set except those in `bounding`; bit N is capability number N, see capabilities(7).
 */
static napi_value js_limit_capabilities(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	bool lossless;

	if (!addon_arguments(env, info, 2, arguments))
		return NULL;
	NAPI_TRY(env, napi_get_value_bigint_uint64(env, arguments[0], &kept, &lossless));
	NAPI_TRY(env, napi_get_value_bigint_uint64(env, arguments[1], &kept_bounding, &lossless));
	int error = in_every_thread(drop_in_this_thread);
	return error == 0 ? NULL : addon_throw_errno(env, "tgkill", error);
}

const struct addon_function thread_capabilities_functions[] = {
	{ "limitCapabilities", js_limit_capabilities },
	{ NULL, NULL },
};

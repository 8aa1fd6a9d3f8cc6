/* The seal: what a role gives up once its modules are loaded. */
#include "addon/filter.h"
#include "addon/module.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * seal(filter): disables core dumps and tracing by other processes, and applies the filter to every
 * thread of the process. An empty filter means none.
 */
static napi_value js_seal(napi_env env, napi_callback_info info)
{
	struct sock_fprog program;
	napi_value argument;

	if (!addon_arguments(env, info, 1, &argument) || !addon_filter(env, argument, &program))
		return NULL;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return addon_throw_errno(env, "prctl", errno);
	if (program.len == 0)
		return NULL;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return addon_throw_errno(env, "prctl", errno);
	/*
	 * TSYNC applies it to all threads. On failure it returns the id of a thread, without errno.
	 */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		return addon_throw_errno(env, "seccomp", errno != 0 ? errno : ESRCH);
	return NULL;
}

const struct addon_function seal_functions[] = {
	{ "seal", js_seal },
	{ NULL, NULL },
};

/*
 * Restricts the files that this process may open, by Landlock, in all of its threads: rules are a
 * thread's own, and those that it creates have them, too.
 */
#include "addon/every-thread.h"
#include "addon/module.h"
#include "common/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/prctl.h>

/* A thread without the rules may create another one meanwhile. */
#define ROUNDS 5

/* What all may open, and the rules allow to nobody: whether they apply is seen by opening it. */
static const char *const forbidden[] = { "/", "/dev/zero" };

static int rules;
static const char *probe;
static atomic_int failure;
/* Threads to which the rules did not apply yet. */
static atomic_uint unbound;

/* Makes system calls only, as it runs in a signal handler. */
static bool may_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EACCES;
}

static void restrict_this_thread(void)
{
	if (!may_open(probe))
		return;
	atomic_fetch_add(&unbound, 1);
	/* Each thread has its own of these, too. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !landlock_restrict(rules))
		atomic_store(&failure, errno);
}

/* Until all threads had the rules before they were asked to take them. */
static int restrict_all(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		atomic_store(&unbound, 0);
		int error = in_every_thread(restrict_this_thread);
		if (error == 0)
			error = atomic_load(&failure);
		if (error != 0)
			return error;
		if (atomic_load(&unbound) == 0)
			return 0;
	}
	return EAGAIN;
}

static const char *openable(void)
{
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		int fd = open(forbidden[i], O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		if (fd < 0)
			continue;
		close(fd);
		return forbidden[i];
	}
	return NULL;
}

/* Returns false with an exception pending. What is not there, or out of reach, is not allowed. */
static bool allow_rows(napi_env env, napi_value paths, napi_value rights, uint64_t on_files)
{
	uint32_t count;

	if (napi_get_array_length(env, paths, &count) != napi_ok)
		goto failed;
	for (uint32_t i = 0; i < count; i++) {
		napi_value path, right;
		char text[PATH_MAX];
		uint64_t allowed;
		bool lossless;

		if (napi_get_element(env, paths, i, &path) != napi_ok ||
		    napi_get_element(env, rights, i, &right) != napi_ok ||
		    napi_get_value_bigint_uint64(env, right, &allowed, &lossless) != napi_ok)
			goto failed;
		if (!addon_path(env, path, text))
			return false;
		int parent = open(text, O_PATH | O_CLOEXEC);
		if (parent < 0)
			continue;
		const bool done = landlock_allow(rules, parent, allowed, on_files);
		const int error = errno;
		close(parent);
		if (!done) {
			addon_throw_errno(env, "landlock_add_rule", error);
			return false;
		}
	}
	return true;
failed:
	addon_fail(env);
	return false;
}

/*
 * restrictFiles(files, network, onFiles, paths, rights): refuses the rights `files` and `network`
 * to every thread, but for those that each path has beneath it; `onFiles` are those that files can
 * have that are no directories. For good.
 */
static napi_value js_restrict_files(napi_env env, napi_callback_info info)
{
	napi_value arguments[5];
	struct landlock_rights refused = { 0 };
	uint64_t on_files;
	bool lossless;

	if (!addon_arguments(env, info, 5, arguments))
		return NULL;
	NAPI_TRY(env, napi_get_value_bigint_uint64(env, arguments[0], &refused.files, &lossless));
	NAPI_TRY(env, napi_get_value_bigint_uint64(env, arguments[1], &refused.network, &lossless));
	NAPI_TRY(env, napi_get_value_bigint_uint64(env, arguments[2], &on_files, &lossless));
	probe = openable();
	if (probe == NULL)
		return addon_throw_errno(env, "open", errno);
	rules = landlock_create(&refused);
	if (rules < 0)
		return addon_throw_errno(env, "landlock_create_ruleset", errno);
	if (!allow_rows(env, arguments[3], arguments[4], on_files)) {
		close(rules);
		return NULL;
	}
	int error = restrict_all();
	close(rules);
	return error == 0 ? NULL : addon_throw_errno(env, "landlock_restrict_self", error);
}

const struct addon_function restrict_files_functions[] = {
	{ "restrictFiles", js_restrict_files },
	{ NULL, NULL },
};

/* Another program in the place of this one. */
#include "addon/addon.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void release(char **strings)
{
	for (size_t i = 0; strings[i] != NULL; i++)
		free(strings[i]);
	free(strings);
}

/* NULL-terminated, to be released; NULL with an exception pending. */
static char **strings_of(napi_env env, napi_value array)
{
	uint32_t count = 0;
	napi_value element;

	if (napi_get_array_length(env, array, &count) != napi_ok)
		return (char **)addon_fail(env);
	char **strings = calloc(count + 1, sizeof(*strings));
	if (strings == NULL)
		return (char **)addon_throw_errno(env, "malloc", errno);
	for (uint32_t i = 0; i < count; i++) {
		if (napi_get_element(env, array, i, &element) != napi_ok ||
		    (strings[i] = addon_string(env, element)) == NULL) {
			release(strings);
			return (char **)addon_fail(env);
		}
	}
	return strings;
}

/* Lets the program have the descriptors; false with an exception pending. */
static bool hand_over(napi_env env, napi_value array)
{
	uint32_t count = 0;
	napi_value element;
	int32_t descriptor;

	if (napi_get_array_length(env, array, &count) != napi_ok)
		return addon_fail(env) != NULL;
	for (uint32_t i = 0; i < count; i++) {
		if (napi_get_element(env, array, i, &element) != napi_ok)
			return addon_fail(env) != NULL;
		if (!addon_int32(env, element, &descriptor))
			return false;
		if (fcntl(descriptor, F_SETFD, 0) != 0)
			return addon_throw_errno(env, "fcntl", errno) != NULL;
	}
	return true;
}

/*
 * execute(filter, program, words, descriptors): executes it under the filter, which this thread
 * takes: the others end. The environment is the process's own, byte by byte. Returns only by an
 * exception.
 */
static napi_value js_execute(napi_env env, napi_callback_info info)
{
	napi_value arguments[4];
	const uint8_t *bytes;
	size_t length;

	if (!addon_arguments(env, info, 4, arguments) ||
	    !addon_bytes(env, arguments[0], &bytes, &length))
		return NULL;
	if (length == 0 || length % sizeof(struct sock_filter) != 0 ||
	    length / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return addon_throw_type(env, "not a filter");
	char *program = addon_string(env, arguments[1]);
	char **words = program != NULL ? strings_of(env, arguments[2]) : NULL;
	const char *failed = "execve";

	if (words != NULL && hand_over(env, arguments[3])) {
		struct sock_fprog filter = { (unsigned short)(length / sizeof(struct sock_filter)),
			                     (struct sock_filter *)bytes };

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
			failed = "seccomp";
		else
			execve(program, words, environ);
		addon_throw_errno(env, failed, errno);
	}
	if (words != NULL)
		release(words);
	free(program);
	return NULL;
}

const struct addon_function execute_functions[] = {
	{ "execute", js_execute },
	{ NULL, NULL },
};

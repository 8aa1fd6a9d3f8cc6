/* Replaces this process by another program. */
#include "addon/filter.h"
#include "addon/module.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void release(char **strings)
{
	for (size_t i = 0; strings[i] != NULL; i++)
		free(strings[i]);
	free(strings);
}

/*
 * Copies an array of Buffers; ends with NULL, the caller releases it. NULL with an exception
 * pending.
 */
static char **strings_of(napi_env env, napi_value array)
{
	uint32_t count = 0;
	napi_value element;

	if (napi_get_array_length(env, array, &count) != napi_ok) {
		addon_fail(env);
		return NULL;
	}
	char **strings = calloc((size_t)count + 1, sizeof(*strings));
	if (strings == NULL) {
		addon_throw_errno(env, "malloc", errno);
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++)
		if (napi_get_element(env, array, i, &element) != napi_ok ||
		    (strings[i] = addon_string(env, element)) == NULL) {
			release(strings);
			addon_fail(env);
			return NULL;
		}
	return strings;
}

/* Lets the program inherit the descriptors; false with an exception pending. */
static bool hand_over(napi_env env, napi_value array)
{
	uint32_t count = 0;
	napi_value element;
	int32_t descriptor;

	if (napi_get_array_length(env, array, &count) != napi_ok) {
		addon_fail(env);
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (napi_get_element(env, array, i, &element) != napi_ok) {
			addon_fail(env);
			return false;
		}
		if (!addon_int32(env, element, &descriptor))
			return false;
		if (fcntl(descriptor, F_SETFD, 0) != 0) {
			addon_throw_errno(env, "fcntl", errno);
			return false;
		}
	}
	return true;
}

/*
 * execute(filter, program, words, descriptors): executes the program with the filter. Only this
 * thread applies the filter, as execve(2) ends the others. The program gets the unchanged
 * environment of this process, and inherits the descriptors. Returns only when it fails, with an
 * exception.
 */
static napi_value js_execute(napi_env env, napi_callback_info info)
{
	napi_value arguments[4];
	struct sock_fprog filter;
	char *program, **words;

	if (!addon_arguments(env, info, 4, arguments) || !addon_filter(env, arguments[0], &filter))
		return NULL;
	program = addon_string(env, arguments[1]);
	if (program == NULL)
		return NULL;
	words = strings_of(env, arguments[2]);
	if (words == NULL)
		goto free_program;
	if (!hand_over(env, arguments[3]))
		goto release_words;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) {
		addon_throw_errno(env, "seccomp", errno);
		goto release_words;
	}
	execve(program, words, environ);
	addon_throw_errno(env, "execve", errno);

release_words:
	release(words);
free_program:
	free(program);
	return NULL;
}

const struct addon_function execute_functions[] = {
	{ "execute", js_execute },
	{ NULL, NULL },
};

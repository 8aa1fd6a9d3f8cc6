/* Removes one of several names of an inode. */
#include "addon/module.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Opens the parent directory of a path beneath a root. Cuts `path` at its last slash. Returns -1
 * when the directory is absent or a symbolic link is on the way.
 */
static int open_above(int root, char *path, const char **name)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	if (slash)
		*slash = '\0';
	return (int)syscall(SYS_openat2, root, slash ? path : ".", &how, sizeof(how));
}

/*
 * removeTied(root, path): returns whether it was removed. Directories and objects with a single
 * name are not removed.
 */
static napi_value js_remove_tied(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], answer;
	const char *name;
	struct stat status;
	char path[PATH_MAX];
	bool removed = false;
	int32_t root;
	int directory;

	if (!addon_arguments(env, info, 2, arguments) || !addon_int32(env, arguments[0], &root) ||
	    !addon_path(env, arguments[1], path))
		return NULL;
	directory = open_above(root, path, &name);
	if (directory >= 0) {
		if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(status.st_mode) && status.st_nlink > 1)
			removed = unlinkat(directory, name, 0) == 0;
		close(directory);
	}
	NAPI_TRY(env, napi_get_boolean(env, removed, &answer));
	return answer;
}

const struct addon_function remove_tied_functions[] = {
	{ "removeTied", js_remove_tied },
	{ NULL, NULL },
};

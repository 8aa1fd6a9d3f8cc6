/* Identifies a directory, also after its file system has been unmounted and mounted again. */
#include "addon/module.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define HEX_SIZE(bytes) (2 * (bytes) + 1)

/* Linux 6.9 has this ioctl(2); the headers may be older. */
struct file_system_uuid {
	uint8_t length, bytes[16];
};
#define GET_FILE_SYSTEM_UUID _IOR(0x15, 0, struct file_system_uuid)

/* statx(2) by its number, as <sys/stat.h> and <linux/stat.h> both declare its structure. */
static int look(int fd, struct statx *status)
{
	return (int)syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
	                    STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, status);
}

static void hex(char *into, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		snprintf(into + 2 * i, 3, "%02x", bytes[i]);
	into[2 * length] = '\0';
}

/*
 * The file handle in hex; it differs when an inode number is reused. Empty where the file system
 * has no handles.
 */
static void read_handle(int fd, char into[HEX_SIZE(MAX_HANDLE_SZ)])
{
	struct {
		struct file_handle head;
		uint8_t bytes[MAX_HANDLE_SZ];
	} handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	int mount;

	into[0] = '\0';
	if (name_to_handle_at(fd, "", &handle.head, &mount, AT_EMPTY_PATH) == 0)
		hex(into, handle.head.f_handle, handle.head.handle_bytes);
}

/*
 * Reads the UUID of the file system in hex; empty where it is unknown. Opens the directory again,
 * as ioctl(2) does not work on an O_PATH descriptor.
 */
static void read_uuid(const char *path, char into[HEX_SIZE(16)])
{
	static const struct file_system_uuid none;
	struct file_system_uuid uuid = none;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	into[0] = '\0';
	if (fd < 0)
		return;
	if (ioctl(fd, GET_FILE_SYSTEM_UUID, &uuid) == 0 && uuid.length <= sizeof(uuid.bytes) &&
	    memcmp(uuid.bytes, none.bytes, sizeof(none.bytes)) != 0)
		hex(into, uuid.bytes, uuid.length);
	close(fd);
}

static napi_value strings(napi_env env, const char *const *values, uint32_t count)
{
	napi_value array, value;

	NAPI_TRY(env, napi_create_array_with_length(env, count, &array));
	for (uint32_t i = 0; i < count; i++) {
		NAPI_TRY(env, napi_create_string_latin1(env, values[i], NAPI_AUTO_LENGTH, &value));
		NAPI_TRY(env, napi_set_element(env, array, i, value));
	}
	return array;
}

static napi_value describe(napi_env env, int fd, const char *path)
{
	static const struct statfs none;
	struct statfs system;
	struct statx status;
	char device[32], inode[24], mount[24], born[48] = "", type[24] = "",
	                                       id[HEX_SIZE(sizeof(none.f_fsid))] = "";
	char handle[HEX_SIZE(MAX_HANDLE_SZ)], uuid[HEX_SIZE(16)];

	if (look(fd, &status) != 0)
		return addon_throw_errno(env, "statx", errno);
	snprintf(device, sizeof(device), "%u:%u", status.stx_dev_major, status.stx_dev_minor);
	snprintf(inode, sizeof(inode), "%llu", (unsigned long long)status.stx_ino);
	snprintf(mount, sizeof(mount), "%llu",
	         status.stx_mask & STATX_MNT_ID ? (unsigned long long)status.stx_mnt_id : 0ull);
	if (status.stx_mask & STATX_BTIME && status.stx_btime.tv_sec != 0)
		snprintf(born, sizeof(born), "%lld.%09u", (long long)status.stx_btime.tv_sec,
		         status.stx_btime.tv_nsec);
	if (fstatfs(fd, &system) == 0) {
		snprintf(type, sizeof(type), "%lx", (unsigned long)system.f_type);
		if (memcmp(&system.f_fsid, &none.f_fsid, sizeof(none.f_fsid)) != 0)
			hex(id, (const uint8_t *)&system.f_fsid, sizeof(system.f_fsid));
	}
	read_handle(fd, handle);
	read_uuid(path, uuid);
	const char *root = status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
	                                   status.stx_attributes & STATX_ATTR_MOUNT_ROOT
	                           ? "root"
	                           : "";
	return strings(
	        env,
	        (const char *const[]){ device, inode, mount, handle, born, type, id, uuid, root },
	        9);
}

/*
 * identifyDirectory(path): [device, inode, mount, handle, time of birth, type of the file system,
 * its id of statfs(2), its UUID, "root" for the root of a mount] as strings; unknown ones are
 * empty. Throws ENOTDIR also for a symbolic link.
 */
static napi_value js_identify_directory(napi_env env, napi_callback_info info)
{
	napi_value argument, result;
	char path[PATH_MAX];
	int fd;

	if (!addon_arguments(env, info, 1, &argument) || !addon_path(env, argument, path))
		return NULL;
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return addon_throw_errno(env, "open", errno == ELOOP ? ENOTDIR : errno);
	result = describe(env, fd, path);
	close(fd);
	return result;
}

/* identifyDescriptor(fd): the same of an open directory, which need not be readable. */
static napi_value js_identify_descriptor(napi_env env, napi_callback_info info)
{
	napi_value argument;
	char path[64];
	int32_t fd;

	if (!addon_arguments(env, info, 1, &argument) || !addon_int32(env, argument, &fd))
		return NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/.", fd);
	return describe(env, fd, path);
}

const struct addon_function identity_functions[] = {
	{ "identifyDirectory", js_identify_directory },
	{ "identifyDescriptor", js_identify_descriptor },
	{ NULL, NULL },
};

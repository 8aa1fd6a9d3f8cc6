#include "common/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define HEX_SIZE(bytes) (2 * (bytes) + 1)
/* <sys/stat.h> and <linux/stat.h> both declare the structure of statx(2), so only one is read. */
#define IS_DIRECTORY(mode) (((mode) & 0170000) == 0040000)

/* Linux 6.9 has this ioctl(2); the headers may be older. */
struct file_system_uuid {
	uint8_t length, bytes[16];
};
#define GET_FILE_SYSTEM_UUID _IOR(0x15, 0, struct file_system_uuid)

static int look(int fd, struct statx *status)
{
	return (int)syscall(SYS_statx, fd, "", AT_EMPTY_PATH,
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
static void read_uuid(int directory, char into[HEX_SIZE(16)])
{
	static const struct file_system_uuid none;
	struct file_system_uuid uuid = none;
	int fd = openat(directory, ".",
	                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	into[0] = '\0';
	if (fd < 0)
		return;
	if (ioctl(fd, GET_FILE_SYSTEM_UUID, &uuid) == 0 && uuid.length <= sizeof(uuid.bytes) &&
	    memcmp(uuid.bytes, none.bytes, sizeof(none.bytes)) != 0)
		hex(into, uuid.bytes, uuid.length);
	close(fd);
}

int identity_describe(int fd, char text[IDENTITY_SIZE])
{
	static const struct statfs none;
	struct statfs system;
	struct statx status;
	char born[48] = "", type[24] = "", id[HEX_SIZE(sizeof(none.f_fsid))] = "";
	char handle[HEX_SIZE(MAX_HANDLE_SZ)], uuid[HEX_SIZE(16)];

	if (look(fd, &status) != 0)
		return errno;
	if (status.stx_mask & STATX_BTIME && status.stx_btime.tv_sec != 0)
		snprintf(born, sizeof(born), "%lld.%09u", (long long)status.stx_btime.tv_sec,
		         status.stx_btime.tv_nsec);
	if (fstatfs(fd, &system) == 0) {
		snprintf(type, sizeof(type), "%lx", (unsigned long)system.f_type);
		if (memcmp(&system.f_fsid, &none.f_fsid, sizeof(none.f_fsid)) != 0)
			hex(id, (const uint8_t *)&system.f_fsid, sizeof(system.f_fsid));
	}
	read_handle(fd, handle);
	read_uuid(fd, uuid);
	const uint64_t root = status.stx_attributes & status.stx_attributes_mask;
	const int length = snprintf(
	        text, IDENTITY_SIZE, "%u:%u\n%llu\n%llu\n%s\n%s\n%s\n%s\n%s\n%s\n%u\n%s",
	        status.stx_dev_major, status.stx_dev_minor, (unsigned long long)status.stx_ino,
	        status.stx_mask & STATX_MNT_ID ? (unsigned long long)status.stx_mnt_id : 0ull,
	        handle, born, type, id, uuid, root & STATX_ATTR_MOUNT_ROOT ? "root" : "",
	        status.stx_uid, IS_DIRECTORY(status.stx_mode) ? "directory" : "");
	return length < IDENTITY_SIZE ? 0 : ENAMETOOLONG;
}

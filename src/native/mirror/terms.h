/*
 * What TypeScript decides about a mirror, its rows and its findings. Numbers are those of
 * src/executor/modes/mirror/wire.ts.
 *
 * Makes names of a destination equal to those of a source: what stands there, its content and its
 * attributes. Works by descriptor, and never follows a symbolic link. Executes nothing.
 *
 * System calls, besides those of a thread and of memory:
 *
 * | for | calls |
 * |---|---|
 * | threads, before the seal | clone (CLONE_THREAD), unshare (CLONE_FS, optional: each thread then
 * has its own working directory, else /proc/self/fd) | | looking | openat2, openat, close,
 * newfstatat, fstat, getdents64, readlinkat, read, pread64, lseek, llistxattr, lgetxattr,
 * flistxattr, fgetxattr, fchdir | | content | openat (O_CREAT), write, pwrite64, copy_file_range,
 * ioctl (FICLONE), ftruncate, fsync, syncfs | | other objects | mkdirat, symlinkat, mknodat, linkat
 * | | attributes | fchown, fchownat, fchmod, fchmodat, fchmodat2, lsetxattr, lremovexattr,
 * fsetxattr, fremovexattr, utimensat | | places | renameat2, unlinkat |
 *
 * Landlock: reading files and directories of the source; everything but execution in the
 * destination and the backup, with REFER and TRUNCATE.
 */
#ifndef CLSYNC_MIRROR_TERMS_H
#define CLSYNC_MIRROR_TERMS_H

#include <stddef.h>
#include <stdint.h>

/* What a mirror may do, and which attributes it mirrors. */
enum mirror_option {
	/* Any owner and group may be set. Without: only groups the process is a member of. */
	MIRROR_ANY_OWNER = 1,
	/* Devices may be made. */
	MIRROR_DEVICES = 2,
	/* Set-user-ID and set-group-ID bits of files may be set. */
	MIRROR_SET_ID = 4,
	/* Directories of another file system than the source's root are left alone. */
	MIRROR_ONE_FILE_SYSTEM = 8,
	MIRROR_OWNER = 16,
	MIRROR_GROUP = 32,
	MIRROR_MODE = 64,
	MIRROR_TIMES = 128,
	/* system.posix_acl_*, user.* and security.capability. */
	MIRROR_ACLS = 256,
	MIRROR_USER_ATTRIBUTES = 512,
	MIRROR_CAPABILITIES = 1024,
	/* Names of one inode in the source are names of one inode at the destination. */
	MIRROR_LINKS = 2048,
};

struct mirror_terms {
	uint32_t options;
	/*
	 * Seconds by which modification times of equal objects may differ; -1: compared to the
	 * nanosecond.
	 */
	int32_t window;
	/*
	 * Seconds: content is compared unless the copy's change time is later than the source's by
	 * more than this.
	 */
	double margin;
	/*
	 * A file has holes worth keeping if it has at least `sparse_least` bytes and less than
	 * 1/`sparse_share` of them is allocated.
	 */
	double sparse_least, sparse_share;
	/* Threads for long runs, from 1 to 64; there is one more for short runs. */
	uint32_t threads;
	/*
	 * Bytes: of files from this size on, only what has changed is written, where the file
	 * system can clone.
	 */
	double delta_least;
};

enum mirror_run_option {
	/* Nothing is deleted, nor replaced by an object of another type; reported as held. */
	RUN_KEEP = 1,
	/* Nothing is changed; differences are reported. */
	RUN_COMPARE = 2,
	/* Contents are always compared. */
	RUN_CHECKSUM = 4,
	/* Content is on disk before it gets its name, all else before the run ends. */
	RUN_FSYNC = 8,
	/* What is deleted or replaced is kept beneath the backup root. */
	RUN_BACKUP = 16,
	/*
	 * The source is not watched yet, and all of it is compared later: nothing is reported, and
	 * what takes more than one name is left (deletions, hard links, directories that were
	 * moved), as is what is mounted in the source. With RUN_KEEP.
	 */
	RUN_AHEAD = 32,
};

enum mirror_verb {
	/* Makes one name equal; of a directory only itself. */
	VERB_NAME = 1,
	/* A directory and everything beneath; what is no directory as VERB_NAME. */
	VERB_TREE = 2,
	/* Renames `origin` to `path` at the destination, before anything is compared. */
	VERB_MOVE = 3,
	/* Removes a path beneath the backup root, with everything beneath. */
	VERB_REMOVE = 4,
};

enum mirror_row_flag {
	/* No event says that content was written: equal sizes and times mean equal contents. */
	ROW_UNWRITTEN = 1,
	/* Of VERB_MOVE: the two exchange their places. */
	ROW_EXCHANGE = 2,
	/* Of VERB_NAME, for a directory: removes temporary names that were left in it. */
	ROW_SWEEP = 4,
	/*
	 * Contents are compared although the copies' change times are later: it may have been moved
	 * here, and the copy not, or not for certain.
	 */
	ROW_SUSPECT = 8,
};

/* One row, followed by its path and its origin, padded to a multiple of 8 bytes. */
struct mirror_row {
	uint32_t size;
	uint8_t verb, flags;
	uint16_t reserved;
	uint32_t path_length, origin_length;
};

_Static_assert(offsetof(struct mirror_row, verb) == 4 && offsetof(struct mirror_row, flags) == 5 &&
                       offsetof(struct mirror_row, path_length) == 8 &&
                       offsetof(struct mirror_row, origin_length) == 12 &&
                       sizeof(struct mirror_row) == 16,
               "struct mirror_row");

/* An answer begins with this; findings follow. */
struct mirror_summary {
	/* Names that were looked at, and files whose content was copied, with their bytes. */
	uint64_t looked, copied, bytes;
	/* Files that share all or most blocks with the source or with the old copy. */
	uint64_t cloned;
	uint64_t linked, moved, removed;
	/* Objects that were there already and whose attributes were changed. */
	uint64_t attributes;
};

_Static_assert(sizeof(struct mirror_summary) == 64, "struct mirror_summary");

enum mirror_finding_kind {
	/* `call` failed with `error`; `what` says on which side. */
	MIRROR_FAILED = 1,
	/* It changed while it was copied, again and again; what is there has an older time. */
	MIRROR_CHANGED = 2,
	/* It vanished from the source while it was copied. */
	MIRROR_VANISHED = 3,
	/* It would be deleted, or replaced by an object of another type (RUN_KEEP). */
	MIRROR_HELD = 4,
	/* The row was not done, or not completely, because the run was stopped. */
	MIRROR_STOPPED = 5,
	/* RUN_COMPARE: `what` says in what it differs; two struct mirror_side precede the path. */
	MIRROR_DIFFERS = 6,
	/* A device, without the right to make it. */
	MIRROR_SKIPPED = 7,
};

/* `what` of MIRROR_FAILED. */
enum mirror_where { AT_SOURCE = 1, AT_DESTINATION = 2, AT_BACKUP = 3 };

/* `what` of MIRROR_DIFFERS, bits. */
enum mirror_difference {
	DIFFERS_TYPE = 1,
	DIFFERS_CONTENT = 2,
	DIFFERS_SIZE = 4,
	DIFFERS_TIME = 8,
	DIFFERS_OWNER = 16,
	DIFFERS_GROUP = 32,
	DIFFERS_MODE = 64,
	DIFFERS_ATTRIBUTES = 128,
	/* Only the source has it; only the destination has it. */
	DIFFERS_MISSING = 256,
	DIFFERS_EXTRA = 512,
	/* It is tied to other names than in the source. */
	DIFFERS_LINKS = 1024,
	DIFFERS_SPARSE = 2048,
};

/* The call that failed. */
enum mirror_call {
	CALL_NONE = 0,
	CALL_OPEN = 1,
	CALL_STAT = 2,
	CALL_LIST = 3,
	CALL_READ = 4,
	CALL_WRITE = 5,
	CALL_READLINK = 6,
	CALL_MKDIR = 7,
	CALL_SYMLINK = 8,
	CALL_MKNOD = 9,
	CALL_LINK = 10,
	CALL_RENAME = 11,
	CALL_UNLINK = 12,
	CALL_RMDIR = 13,
	CALL_CHOWN = 14,
	CALL_CHMOD = 15,
	CALL_GETXATTR = 16,
	CALL_SETXATTR = 17,
	CALL_UTIMENS = 18,
	CALL_FSYNC = 19,
	CALL_TRUNCATE = 20,
};

/* One finding, followed by its path, padded to a multiple of 8 bytes. */
struct mirror_finding {
	uint32_t size;
	/* The row's number, from 0 on. */
	uint32_t row;
	uint8_t kind, call;
	uint16_t error;
	uint32_t what;
	uint32_t path_length, reserved;
};

_Static_assert(offsetof(struct mirror_finding, row) == 4 &&
                       offsetof(struct mirror_finding, kind) == 8 &&
                       offsetof(struct mirror_finding, call) == 9 &&
                       offsetof(struct mirror_finding, error) == 10 &&
                       offsetof(struct mirror_finding, what) == 12 &&
                       offsetof(struct mirror_finding, path_length) == 16 &&
                       sizeof(struct mirror_finding) == 24,
               "struct mirror_finding");

/* The source's or the destination's object; `mode` 0: there is none. */
struct mirror_side {
	uint32_t mode, uid, gid, links;
	uint64_t size;
	int64_t seconds;
	uint32_t nanoseconds, reserved;
};

_Static_assert(offsetof(struct mirror_side, size) == 16 &&
                       offsetof(struct mirror_side, seconds) == 24 &&
                       offsetof(struct mirror_side, nanoseconds) == 32 &&
                       sizeof(struct mirror_side) == 40,
               "struct mirror_side");

#endif

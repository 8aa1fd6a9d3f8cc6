/* Gaining privileges: ids, capabilities, set-id programs, limits. */
#include "probe.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/xattr.h>

PROBE(become_root, "becomes uid 0")
{
	return geteuid() == 0 ? setresuid(0, 0, 0) : setuid(0);
}
PROBE(become_root_by_parts, "becomes uid 0 by setresuid")
{
	return setresuid(0, 0, 0);
}
PROBE(become_root_effectively, "becomes uid 0 by setreuid")
{
	return setreuid(-1, 0);
}
PROBE(become_other, "becomes another uid")
{
	return setresuid(1, 1, 1);
}
PROBE(become_group, "becomes gid 0")
{
	return setgid(0);
}
PROBE(become_group_by_parts, "becomes another gid by setresgid")
{
	return setresgid(1, 1, 1);
}
PROBE(join_groups, "joins supplementary groups")
{
	return setgroups(1, (gid_t[]){ 0 });
}
PROBE(has_groups, "has supplementary groups of the starter")
{
	return getgroups(0, NULL) > 0 ? 0 : denied(EPERM);
}
PROBE(root_to_files, "is uid 0 to the file system")
{
	setfsuid(0);
	return setfsuid(-1) == 0 ? 0 : denied(EPERM);
}

static int sets(struct __user_cap_data_struct *data, int write)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };

	return (int)syscall(write ? SYS_capset : SYS_capget, &header, data);
}
PROBE(gain_capability, "takes CAP_SYS_ADMIN")
{
	struct __user_cap_data_struct data[2];

	if (sets(data, 0) != 0)
		return -1;
	data[0].permitted |= 1u << CAP_SYS_ADMIN;
	data[0].effective |= 1u << CAP_SYS_ADMIN;
	return sets(data, 1);
}
PROBE(inherit_capability, "makes CAP_SYS_ADMIN inheritable")
{
	struct __user_cap_data_struct data[2];

	if (sets(data, 0) != 0)
		return -1;
	data[0].inheritable |= 1u << CAP_SYS_ADMIN;
	return sets(data, 1);
}
PROBE(hold_capability, "holds a capability outside the mirror profile")
{
	const unsigned profile = 1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE |
	                         1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER | 1u << CAP_FSETID |
	                         1u << CAP_MKNOD | 1u << CAP_SETFCAP;
	struct __user_cap_data_struct data[2];

	if (sets(data, 0) != 0)
		return -1;
	return ((data[0].permitted | data[0].effective | data[0].inheritable) & ~profile) != 0 ||
	                       (data[1].permitted | data[1].effective) != 0
	               ? 0
	               : denied(EPERM);
}
PROBE(bounding_set, "could be given CAP_SYS_ADMIN by a program")
{
	return prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 1 ? 0 : denied(EPERM);
}
PROBE(new_privileges, "may gain privileges by executing")
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? 0 : denied(EPERM);
}
PROBE(secure_bits, "changes what uid 0 means")
{
	return prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
}

static int becomes_by(const char *path, char *expectation)
{
	int status = runs(path, (char *const[]){ "probe", expectation, NULL });

	return status == 0 ? 0 : denied(status > 0 ? EPERM : errno);
}
PROBE(run_setuid, "runs a set-uid root program")
{
	return becomes_by(in(arena.source, "probe-setuid"), "--root");
}
PROBE(run_setgid, "runs a set-gid root program")
{
	return becomes_by(in(arena.source, "probe-setgid"), "--group");
}
PROBE(run_capable, "runs a program with file capabilities")
{
	return becomes_by(in(arena.source, "probe-capable"), "--admin");
}

/* The program makes the file itself, as the mirror profile allows. */
PROBE(own_setuid, "makes a set-uid root program in the destination and runs it")
{
	const char *path = in(arena.copy, "setuid");

	if (copy_of_this(path, 0755) != 0 || chown(path, 0, 0) != 0 || chmod(path, 04755) != 0)
		return -1;
	int result = becomes_by(path, "--root"), error = errno;
	unlink(path);
	errno = error;
	return result;
}
PROBE(own_capable, "gives a program in the destination capabilities")
{
	const struct vfs_cap_data data = { .magic_etc = VFS_CAP_REVISION_2 |
		                                        VFS_CAP_FLAGS_EFFECTIVE,
		                           .data[0].permitted = 1u << CAP_SYS_ADMIN };
	const char *path = in(arena.copy, "capable");

	if (opens(path, O_WRONLY | O_CREAT) != 0)
		return -1;
	int result = setxattr(path, "security.capability", &data, sizeof(data), 0), error = errno;
	unlink(path);
	errno = error;
	return result;
}
PROBE(trusted_attribute, "sets a trusted extended attribute")
{
	const char *path = in(arena.copy, "trusted");

	if (opens(path, O_WRONLY | O_CREAT) != 0)
		return -1;
	int result = setxattr(path, "trusted.probe", "1", 1, 0), error = errno;
	unlink(path);
	errno = error;
	return result;
}

static int raises(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) != 0)
		return -1;
	limit.rlim_max = limit.rlim_max == RLIM_INFINITY ? RLIM_INFINITY : limit.rlim_max + 1;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit);
}
PROBE(core_dumps, "dumps core")
{
	return raises(RLIMIT_CORE);
}
PROBE(more_files, "raises how many files it may open")
{
	return raises(RLIMIT_NOFILE);
}
PROBE(more_processes, "raises how many processes it may have")
{
	return raises(RLIMIT_NPROC);
}
PROBE(higher_priority, "raises its priority")
{
	return setpriority(PRIO_PROCESS, 0, -5);
}
PROBE(real_time, "is scheduled in real time")
{
	return sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 });
}
PROBE(real_time_disk, "has its input and output done in real time")
{
	return (int)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
	                    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, 0));
}
PROBE(memory_map, "moves the borders of its memory")
{
	return prctl(PR_SET_MM, PR_SET_MM_BRK, sbrk(0), 0, 0);
}
PROBE(immutable_file, "makes a file immutable")
{
	const unsigned long get = 0x80086601, set = 0x40086602;
	const char *path = in(arena.copy, "immutable");
	int fd = open(path, O_RDONLY | O_CREAT, 0600);
	long flags = 0;
	extern int ioctl(int, unsigned long, ...);

	if (fd < 0 || ioctl(fd, get, &flags) != 0)
		return -1;
	long immutable = flags | 0x10;
	int result = ioctl(fd, set, &immutable), error = errno;
	if (result == 0)
		ioctl(fd, set, &flags);
	unlink(path);
	errno = error;
	return result;
}

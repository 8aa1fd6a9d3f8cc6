/* Namespaces and mounts. */
#include "probe.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

PROBE(new_user_namespace, "makes a user namespace")
{
	return unshare(CLONE_NEWUSER);
}
PROBE(new_mount_namespace, "makes a mount namespace")
{
	return unshare(CLONE_NEWNS);
}
PROBE(new_pid_namespace, "makes a pid namespace")
{
	return unshare(CLONE_NEWPID);
}
PROBE(new_network_namespace, "makes a network namespace")
{
	return unshare(CLONE_NEWNET);
}
PROBE(new_ipc_namespace, "makes an ipc namespace")
{
	return unshare(CLONE_NEWIPC);
}
PROBE(new_uts_namespace, "makes a uts namespace")
{
	return unshare(CLONE_NEWUTS);
}
PROBE(new_cgroup_namespace, "makes a cgroup namespace")
{
	return unshare(CLONE_NEWCGROUP);
}
PROBE(new_time_namespace, "makes a time namespace")
{
	return unshare(CLONE_NEWTIME);
}

static int cloned(long child)
{
	if (child == 0)
		_exit(0);
	return child < 0 ? -1 : waitpid((pid_t)child, NULL, __WALL) < 0 ? -1 : 0;
}
PROBE(clone_user_namespace, "makes a user namespace by clone")
{
	return cloned(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}
PROBE(clone3_user_namespace, "makes a user namespace by clone3")
{
	struct clone_args arguments = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	return cloned(syscall(SYS_clone3, &arguments, sizeof(arguments)));
}
PROBE(enter_namespace, "enters a namespace")
{
	return setns(open("/proc/self/ns/uts", O_RDONLY), 0);
}
PROBE(enter_victims_namespaces, "enters the namespaces of a process outside")
{
	return setns(open(numbered("/proc/%d/ns/mnt", arena.victim), O_RDONLY), 0);
}

static int shares(const char *name)
{
	char own[64];
	ssize_t length = readlink(in("/proc/self/ns", name), own, sizeof(own) - 1);

	if (length < 0)
		return -1;
	own[length] = '\0';
	return strstr(arena.namespaces, own) != NULL ? 0 : denied(EPERM);
}
PROBE(shares_mounts, "is in the host's mount namespace")
{
	return shares("mnt");
}
PROBE(shares_processes, "is in the host's pid namespace")
{
	return shares("pid");
}
PROBE(shares_network, "is in the host's network namespace")
{
	return shares("net");
}
PROBE(shares_ipc, "is in the host's ipc namespace")
{
	return shares("ipc");
}
PROBE(shares_host_name, "is in the host's uts namespace")
{
	return shares("uts");
}
PROBE(shares_cgroups, "is in the host's cgroup namespace")
{
	return shares("cgroup");
}

/* Unmounts again after a success. */
static int mounted(int result, const char *where)
{
	if (result == 0)
		umount2(where, MNT_DETACH);
	return result;
}
PROBE(mount_tmpfs, "mounts")
{
	return mounted(mount("x", arena.copy, "tmpfs", 0, NULL), arena.copy);
}
PROBE(mount_proc, "mounts /proc once more")
{
	return mounted(mount("x", arena.copy, "proc", 0, NULL), arena.copy);
}
PROBE(mount_bind, "binds a directory over another")
{
	return mounted(mount(arena.source, arena.copy, NULL, MS_BIND, NULL), arena.copy);
}
PROBE(mount_overlay, "mounts an overlay")
{
	char options[4096];

	snprintf(options, sizeof(options), "lowerdir=%s:%s", arena.source, arena.copy);
	return mounted(mount("x", arena.copy, "overlay", MS_RDONLY, options), arena.copy);
}
PROBE(remount, "makes the watch directory writable by a mount of its own")
{
	if (mount(arena.source, arena.source, NULL, MS_BIND, NULL) != 0)
		return -1;
	return mounted(mount(NULL, arena.source, NULL, MS_REMOUNT | MS_BIND, NULL), arena.source);
}
PROBE(propagation, "lets its mounts out")
{
	return mounted(mount("x", arena.copy, "tmpfs", 0, NULL) == 0
	                       ? mount(NULL, arena.copy, NULL, MS_SHARED, NULL)
	                       : -1,
	               arena.copy);
}
PROBE(unmount, "unmounts")
{
	return mounted(
	        mount("x", arena.copy, "tmpfs", 0, NULL) == 0 ? 0 : umount2(arena.copy, MNT_EXPIRE),
	        arena.copy);
}
PROBE(new_filesystem, "makes a file system by fsopen")
{
	return (int)syscall(430, "tmpfs", 0);
}
PROBE(pick_filesystem, "takes a mounted file system to change it")
{
	return (int)syscall(433, AT_FDCWD, "/", 0);
}
PROBE(clone_tree, "clones a tree of mounts")
{
	return (int)syscall(428, AT_FDCWD, arena.copy, 1 /* OPEN_TREE_CLONE */);
}
PROBE(change_mount, "changes the attributes of a mount")
{
	struct {
		unsigned long set, clear, propagation, userns;
	} attributes = { .clear = 2 /* nosuid */ };

	return (int)syscall(442, AT_FDCWD, "/", 0, &attributes, sizeof(attributes));
}
PROBE(change_root, "calls chroot")
{
	return chroot(arena.copy);
}
PROBE(pivot_root, "changes the root by pivot_root")
{
	/* Without effect: a success would change the root for all later probes. */
	return (int)syscall(SYS_pivot_root, "/nonexistent", "/nonexistent") == 0 || errno == ENOENT
	               ? 0
	               : -1;
}
PROBE(quota, "asks about quotas")
{
	return (int)syscall(SYS_quotactl, 0x80000100 /* Q_SYNC */, NULL, 0, NULL);
}
PROBE(swap, "switches swap off")
{
	return (int)syscall(SYS_swapoff, "/nonexistent") == 0 || errno == ENOENT ? 0 : -1;
}
PROBE(accounting, "switches process accounting off")
{
	return (int)syscall(SYS_acct, "/nonexistent") == 0 || errno == ENOENT ? 0 : -1;
}

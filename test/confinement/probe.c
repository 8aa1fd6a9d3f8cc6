/*
 * A hostile program: tries what a handler must not be able to do, each in a process of its own, and prints "NAME open" where it
 * succeeded and "NAME ERRNO" or "NAME killed" where it did not. Nothing it tries does harm when it succeeds.
 *
 * probe SECRET OUTSIDE WRITABLE SETUID VICTIM PORT ABSTRACT
 *   SECRET    file outside what was granted; OUTSIDE its directory     WRITABLE  a directory that was granted for writing
 *   SETUID    this program, set-uid root                               VICTIM    pid (outside) of a process with the same uid
 *   PORT      of a TCP listener on the host's loopback                 ABSTRACT  name of a listening abstract socket
 *
 * Where its arguments are another's (a hook, a plug-in, in rsync's place), those above are compiled in as PROBE_ARGUMENTS, and the verdicts
 * go to the file PROBE_RESULT.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A plug-in's process has a descriptor besides 0 to 2. */
#ifndef FIRST_STRAY
#define FIRST_STRAY 3
#endif

extern char **environ;
static const char *secret, *outside, *writable, *setuid_program, *abstract_name;
static pid_t victim;
static int port;
static char buffer[4096];

static const char *in(const char *directory, const char *name)
{
	snprintf(buffer, sizeof(buffer), "%s/%s", directory, name);
	return buffer;
}

static int opens(const char *path, int flags)
{
	return open(path, flags, 0600) < 0 ? -1 : 0;
}

/* Files. */
static int read_secret(void) { return opens(secret, O_RDONLY); }
static int write_secret(void) { return opens(secret, O_WRONLY); }
static int create_outside(void) { return opens(in(outside, "planted"), O_WRONLY | O_CREAT); }
static int chmod_outside(void) { return chmod(secret, 0600); }
static int chown_outside(void) { return chown(secret, 0, 0); }
static int utimes_outside(void) { return utimes(secret, NULL); }
static int xattr_outside(void) { return setxattr(secret, "user.probe", "1", 1, 0); }
static int link_outside(void) { return link(secret, in(writable, "linked")); }
static int rename_outside(void) { return rename(secret, in(outside, "secret")); }
static int list_outside(void) { return opendir(outside) == NULL ? -1 : 0; }
static int read_through_symlink(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/pointer", writable);
	unlink(path);
	return symlink(secret, path) != 0 ? -1 : opens(path, O_RDONLY);
}
static int read_shadow(void) { return opens("/etc/shadow", O_RDONLY); }
static int write_usr(void) { return opens("/usr/bin/env", O_WRONLY); }
static int open_by_handle(void)
{
	struct {
		struct file_handle head;
		unsigned char bytes[128];
	} handle = { .head.handle_bytes = 128 };
	int mount, at = open(writable, O_RDONLY | O_DIRECTORY);

	if (name_to_handle_at(AT_FDCWD, writable, &handle.head, &mount, 0) != 0)
		return -1;
	return open_by_handle_at(at, &handle.head, O_RDONLY) < 0 ? -1 : 0;
}
static int device_of_its_own(void)
{
	const char *path = in(writable, "memory");

	unlink(path);
	return mknod(path, S_IFCHR | 0600, makedev(1, 8)) != 0 ? -1 : opens(path, O_RDONLY);
}
static int kernel_log(void) { return opens("/dev/kmsg", O_RDONLY); }
static int write_sysctl(void) { return opens("/proc/sys/vm/swappiness", O_WRONLY); }
static int leave_cgroup(void) { return opens("/sys/fs/cgroup/pids/cgroup.procs", O_WRONLY); }

/* Becoming more. */
static int become_root(void) { return setresuid(0, 0, 0); }
static int become_other(void) { return setresuid(1, 1, 1); }
static int gain_capability(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &header, sets) != 0)
		return -1;
	sets[0].permitted |= 1u << CAP_SYS_ADMIN;
	return (int)syscall(SYS_capset, &header, sets);
}
static int run_setuid(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execl(setuid_program, "probe", "--euid", NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	errno = EPERM;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}
static int new_user_namespace(void) { return unshare(CLONE_NEWUSER); }
static int new_mount_namespace(void) { return unshare(CLONE_NEWNS); }
static int clone_user_namespace(void)
{
	long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		_exit(0);
	return child < 0 ? -1 : 0;
}
static int mount_tmpfs(void) { return mount("x", writable, "tmpfs", 0, NULL); }
static int unmount_root(void) { return umount2("/proc", MNT_DETACH | MNT_EXPIRE); }
static int change_root(void) { return chroot(writable); }

/* Other processes. */
static int signal_victim(void) { return kill(victim, 0); }
static int trace_victim(void) { return (int)ptrace(PTRACE_SEIZE, victim, 0, 0); }
static int trace_parent(void) { return (int)ptrace(PTRACE_SEIZE, getppid(), 0, 0); }
static int read_victim(void)
{
	char there;
	struct iovec local = { &there, 1 }, remote = { (void *)&environ, 1 };

	/* EFAULT: it was let in, and only the address is not there. */
	return process_vm_readv(victim, &local, 1, &remote, 1, 0) < 0 && errno != EFAULT ? -1 : 0;
}
static int victim_environment(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", victim);
	return opens(path, O_RDONLY);
}
static int first_environment(void)
{
	int fd = open("/proc/1/environ", O_RDONLY);

	return fd < 0 || read(fd, buffer, 1) < 0 ? -1 : 0;
}
static int trace_itself_traced(void) { return (int)ptrace(PTRACE_TRACEME, 0, 0, 0); }

/* Networks. */
static int family(int domain, int type)
{
	return socket(domain, type, 0) < 0 ? -1 : 0;
}
static int tcp_to_host(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&address, sizeof(address));
}
static int tcp_listen(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));
}
static int abstract_to_host(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(abstract_name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path + 1, abstract_name, length);
	if (fd < 0)
		return -1;
	/* Node pads the name with zeros to its full length. */
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	return errno != ECONNREFUSED ? -1 : connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
}
static int netlink(void) { return family(16, SOCK_RAW); }
static int packet(void) { return family(17, SOCK_RAW); }
static int kernel_crypto(void) { return family(38, SOCK_SEQPACKET); }
static int vsock(void) { return family(40, SOCK_STREAM); }

/* The kernel. */
static int bpf(void) { return (int)syscall(SYS_bpf, 0, memset(buffer, 0, sizeof(buffer)), 48) < 0 && errno != EINVAL ? -1 : 0; }
static int perf(void)
{
	struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attributes), .exclude_kernel = 1 };

	return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0) < 0 ? -1 : 0;
}
static int keys(void) { return syscall(SYS_add_key, "user", "probe", "x", 1, KEY_SPEC_PROCESS_KEYRING) < 0 ? -1 : 0; }
static int io_uring(void)
{
	return (int)syscall(SYS_io_uring_setup, 1, memset(buffer, 0, sizeof(buffer))) < 0 ? -1 : 0;
}
static int user_faults(void) { return (int)syscall(SYS_userfaultfd, 1) < 0 ? -1 : 0; }
static int memory_file(void) { return memfd_create("probe", 0) < 0 ? -1 : 0; }
static int load_module(void) { return (int)syscall(SYS_init_module, "", 0, ""); }
static int set_clock(void) { return settimeofday(NULL, &(struct timezone){ 0 }); }
static int host_name(void) { return sethostname("probe", 5); }
static int swap(void) { return (int)syscall(SYS_swapoff, "/nonexistent"); }
static int no_randomisation(void) { return personality(ADDR_NO_RANDOMIZE) < 0 ? -1 : 0; }
static int type_into_terminal(void) { return ioctl(0, TIOCSTI, "x"); }
/* Ways around a filter that knows the calls of one architecture only. */
static int call_as_i386(void)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L /* getpid */) : "memory", "r8", "r9", "r10", "r11");
	errno = ENOSYS;
	return result > 0 ? 0 : -1;
#else
	errno = ENOSYS;
	return -1;
#endif
}
static int call_as_x32(void)
{
	return syscall(0x40000000 + 39 /* getpid */) < 0 ? -1 : 0;
}
static int fork_without_end(void)
{
	int made = 0;

	while (made < 200) {
		pid_t child = fork();
		if (child < 0)
			break;
		if (child == 0) {
			pause();
			_exit(0);
		}
		made++;
	}
	int error = errno;
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM); /* the group is this probe's own */
	while (wait(NULL) > 0)
		;
	errno = error;
	return made < 200 ? -1 : 0;
}

/* Inheritance. */
static int stray_descriptors(void)
{
	for (int fd = FIRST_STRAY; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 0;
	errno = EBADF;
	return -1;
}
static int stray_environment(void)
{
	errno = ENOENT;
	return getenv("PROBE_SECRET") != NULL ? 0 : -1;
}

#define PROBE(name) { #name, name }
static const struct {
	const char *name;
	int (*attempt)(void);
} probes[] = {
	PROBE(read_secret), PROBE(write_secret), PROBE(create_outside), PROBE(chmod_outside), PROBE(chown_outside), PROBE(utimes_outside),
	PROBE(xattr_outside), PROBE(link_outside), PROBE(rename_outside), PROBE(list_outside), PROBE(read_through_symlink), PROBE(read_shadow),
	PROBE(write_usr), PROBE(open_by_handle), PROBE(device_of_its_own), PROBE(kernel_log), PROBE(write_sysctl), PROBE(leave_cgroup),
	PROBE(become_root), PROBE(become_other), PROBE(gain_capability), PROBE(run_setuid), PROBE(new_user_namespace), PROBE(new_mount_namespace),
	PROBE(clone_user_namespace), PROBE(mount_tmpfs), PROBE(unmount_root), PROBE(change_root), PROBE(signal_victim), PROBE(trace_victim),
	PROBE(trace_parent), PROBE(read_victim), PROBE(victim_environment), PROBE(first_environment), PROBE(trace_itself_traced), PROBE(tcp_to_host),
	PROBE(tcp_listen), PROBE(abstract_to_host), PROBE(netlink), PROBE(packet), PROBE(kernel_crypto), PROBE(vsock), PROBE(bpf), PROBE(perf),
	PROBE(keys), PROBE(io_uring), PROBE(user_faults), PROBE(memory_file), PROBE(load_module), PROBE(set_clock), PROBE(host_name), PROBE(swap),
	PROBE(no_randomisation), PROBE(type_into_terminal), PROBE(call_as_i386), PROBE(call_as_x32), PROBE(fork_without_end), PROBE(stray_descriptors), PROBE(stray_environment),
};

static int try_all(char **argv)
{
	secret = argv[1];
	outside = argv[2];
	writable = argv[3];
	setuid_program = argv[4];
	victim = atoi(argv[5]);
	port = atoi(argv[6]);
	abstract_name = argv[7];
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		int status;

		fflush(stdout);
		pid_t child = fork();
		if (child < 0) {
			perror("fork");
			return 3;
		}
		if (child == 0) {
			setpgid(0, 0);
			errno = 0;
			_exit(probes[i].attempt() >= 0 ? 0 : errno > 0 && errno < 256 ? errno : 255);
		}
		waitpid(child, &status, 0);
		if (WIFSIGNALED(status))
			printf("%s killed\n", probes[i].name);
		else if (WEXITSTATUS(status) == 0)
			printf("%s open\n", probes[i].name);
		else
			printf("%s %s\n", probes[i].name, strerrorname_np(WEXITSTATUS(status)));
	}
	return 0;
}

#ifdef PROBE_ARGUMENTS
static char *given[] = { "probe", PROBE_ARGUMENTS };

/* As a plug-in of mode rsyncso. */
int clsyncapi_rsync(const char *included, const char *excluded)
{
	(void)included;
	(void)excluded;
	if (freopen(PROBE_RESULT, "w", stdout) == NULL)
		return 4;
	int status = try_all(given);
	return fflush(stdout) != 0 ? 4 : status;
}
#endif

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--euid") == 0)
		return geteuid() == 0 ? 0 : 1;
#ifdef PROBE_ARGUMENTS
	/* rsync is asked for its version. */
	return argc == 2 && strcmp(argv[1], "--version") == 0 ? 0 : clsyncapi_rsync(NULL, NULL);
#else
	return argc == 8 ? try_all(argv) : 2;
#endif
}

/* System calls that only the system itself needs, and ways around a system call filter. */
#include "probe.h"

#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <stdint.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>

static char zeros[4096];

PROBE(bpf, "calls bpf")
{
	return (int)syscall(SYS_bpf, 0, zeros, 48) < 0 && errno != EINVAL ? -1 : 0;
}
PROBE(perf, "calls perf_event_open")
{
	struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE,
		                              .size = sizeof(attributes),
		                              .exclude_kernel = 1 };

	return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0) < 0 ? -1 : 0;
}
PROBE(add_key, "puts a key into a keyring")
{
	return syscall(SYS_add_key, "user", "probe", "x", 1, KEY_SPEC_PROCESS_KEYRING) < 0 ? -1 : 0;
}
PROBE(request_key, "asks for a key")
{
	return syscall(SYS_request_key, "user", "probe", NULL, 0) < 0 && errno != ENOKEY ? -1 : 0;
}
PROBE(keyring, "joins a keyring")
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1) < 0 ? -1 : 0;
}
PROBE(io_uring, "sets up io_uring")
{
	return (int)syscall(425, 1, memset(zeros, 0, sizeof(zeros))) < 0 ? -1 : 0;
}
PROBE(io_uring_enter, "enters an io_uring")
{
	return (int)syscall(426, 0, 0, 0, 0, NULL, 0) < 0 && errno != EOPNOTSUPP && errno != EBADF
	               ? -1
	               : 0;
}
/* Numbers of x86-64 and arm64 alike, for headers that do not have them. */
PROBE(list_mounts, "lists mounts by their numbers (listmount), a call that few programs know")
{
	const uint64_t all[] = { 24, UINT64_MAX, 0 };
	uint64_t found[8];

	return (int)syscall(458, all, found, 8, 0) < 0 ? -1 : 0;
}
PROBE(list_modules, "lists the security modules (lsm_list_modules), another one")
{
	uint64_t found[16];
	uint32_t size = sizeof(found);

	return (int)syscall(461, found, &size, 0) < 0 ? -1 : 0;
}
PROBE(user_faults, "handles page faults itself")
{
	return (int)syscall(SYS_userfaultfd, 1) < 0 ? -1 : 0;
}
PROBE(load_module, "loads a kernel module")
{
	return (int)syscall(SYS_init_module, "", 0, "") < 0 && errno != ENOEXEC ? -1 : 0;
}
PROBE(load_module_file, "loads one from a file")
{
	return (int)syscall(SYS_finit_module, -1, "", 0) < 0 && errno != EBADF ? -1 : 0;
}
PROBE(unload_module, "unloads one")
{
	return (int)syscall(SYS_delete_module, "clsync_nonexistent", O_NONBLOCK) < 0 &&
	                       errno != ENOENT
	               ? -1
	               : 0;
}
PROBE(load_kernel, "loads another kernel")
{
	return (int)syscall(SYS_kexec_load, 0, 0, NULL, 0);
}
PROBE(restart, "restarts the machine")
{
	return (int)syscall(SYS_reboot, 0, 0, 0, NULL) < 0 && errno != EINVAL ? -1 : 0;
}
PROBE(set_clock, "sets the clock")
{
	return settimeofday(NULL, &(struct timezone){ 0 });
}
PROBE(adjust_clock, "adjusts the clock")
{
	struct timex now = { 0 };

	if (adjtimex(&now) < 0)
		return -1;
	now.modes = ADJ_TICK;
	return adjtimex(&now);
}
PROBE(adjust_any_clock, "adjusts it by clock_adjtime")
{
	struct timex now = { 0 };

	if (clock_adjtime(CLOCK_REALTIME, &now) < 0)
		return -1;
	now.modes = ADJ_TICK;
	return clock_adjtime(CLOCK_REALTIME, &now);
}
PROBE(host_name, "sets the host name")
{
	char name[128];

	return gethostname(name, sizeof(name)) != 0 ? -1 : sethostname(name, strlen(name));
}
PROBE(domain_name, "sets the domain name")
{
	char name[128];

	return getdomainname(name, sizeof(name)) != 0 ? -1 : setdomainname(name, strlen(name));
}
PROBE(clear_kernel_log, "asks for the kernel's log")
{
	return (int)syscall(SYS_syslog, 10 /* SYSLOG_ACTION_SIZE_BUFFER */, NULL, 0);
}
#ifdef SYS_ioperm
PROBE(ports, "gets access to the machine's ports")
{
	return (int)syscall(SYS_ioperm, 0x80, 1, 0);
}
PROBE(all_ports, "gets access to all of them")
{
	return (int)syscall(SYS_iopl, 1);
}
PROBE(segments, "changes its table of segments")
{
	return (int)syscall(SYS_modify_ldt, 0, zeros, 16);
}
PROBE(old_library, "loads a library as of old")
{
	return (int)syscall(SYS_uselib, "/nonexistent") < 0 && errno != ENOENT && errno != ENOSYS
	               ? -1
	               : 0;
}
#endif
PROBE(watch_filesystem, "is told of all changes of a file system")
{
	return fanotify_init(FAN_CLASS_NOTIF, O_RDONLY) < 0 ? -1 : 0;
}
PROBE(gift_pages, "gives pages of memory to a pipe")
{
	int ends[2];
	struct iovec range = { zeros, sizeof(zeros) };

	return pipe(ends) != 0 ? -1 : (int)vmsplice(ends[1], &range, 1, 0);
}
PROBE(shadow_stack, "makes a stack for return addresses")
{
	return (int)syscall(453, 0, 0, 0) < 0 && errno != EINVAL && errno != EOPNOTSUPP ? -1 : 0;
}
PROBE(dispatch_calls, "has its system calls sent elsewhere")
{
	return prctl(59 /* PR_SET_SYSCALL_USER_DISPATCH */, 0, 0, 0, 0);
}
PROBE(future_call, "makes a system call newer than this program")
{
	return (int)syscall(600) < 0 && errno != ENOSYS ? 0 : denied(ENOSYS);
}
PROBE(type_into_terminal, "types into the terminal")
{
	return ioctl(0, TIOCSTI, "x") != 0 && errno != ENOTTY && errno != EIO ? -1 : 0;
}
PROBE(paste_into_terminal, "pastes into the terminal")
{
	return ioctl(0, 0x541c /* TIOCLINUX */, "\2") != 0 && errno != ENOTTY ? -1 : 0;
}
PROBE(line_discipline, "changes how the terminal's lines are handled")
{
	return ioctl(0, TIOCSETD, &(int){ 0 }) != 0 && errno != ENOTTY ? -1 : 0;
}
PROBE(host_queue, "opens a message queue of the host")
{
	return mq_open(numbered("/clsync-arena-%d", arena.port), O_RDONLY) < 0 ? -1 : 0;
}
PROBE(host_segment, "opens a System V queue of the host")
{
	return msgget(arena.port, 0);
}

PROBE(call_as_i386, "calls the kernel as a 32-bit program")
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"(20L /* getpid */)
	                 : "memory", "r8", "r9", "r10", "r11");
	return result > 0 ? 0 : denied(ENOSYS);
#else
	return denied(ENOSYS);
#endif
}
PROBE(call_as_x32, "calls the kernel as an x32 program")
{
	return syscall(0x40000000 + 39 /* getpid */) < 0 ? -1 : 0;
}

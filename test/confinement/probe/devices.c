/* Devices, and the kernel's files in /proc and /sys. */
#include "probe.h"

#include <sys/sysmacros.h>

static int makes_and_opens(const char *path, mode_t type, unsigned int major, unsigned int minor)
{
	unlink(path);
	if (mknod(path, type | 0600, makedev(major, minor)) != 0)
		return -1;
	int result = opens(path, O_RDONLY), error = errno;
	unlink(path);
	errno = error;
	return result;
}
PROBE(character_device, "makes a character device in the destination and opens it")
{
	return makes_and_opens(in(arena.copy, "device"), S_IFCHR, 1, 8);
}
PROBE(memory_device, "makes /dev/mem there and opens it")
{
	return makes_and_opens(in(arena.copy, "device"), S_IFCHR, 1, 11);
}
PROBE(device_in_tmp, "makes a device in /tmp and opens it")
{
	return makes_and_opens(numbered("/tmp/clsync-device-%d", getpid()), S_IFCHR, 1, 8);
}
PROBE(disk_of_its_own, "makes the device of the host's disk and opens it")
{
	struct stat stat;

	if (lstat("/dev/vda", &stat) != 0 && lstat("/dev/sda", &stat) != 0)
		stat.st_rdev = makedev(254, 0);
	return makes_and_opens(in(arena.copy, "disk"), S_IFBLK, major(stat.st_rdev),
	                       minor(stat.st_rdev));
}
PROBE(device_in_source, "opens a device in the watch directory")
{
	return opens(in(arena.source, "device"), O_RDONLY);
}
PROBE(kernel_log_device, "reads /dev/kmsg")
{
	return opens("/dev/kmsg", O_RDONLY);
}
PROBE(new_terminal, "makes a terminal")
{
	return opens("/dev/ptmx", O_RDWR | O_NOCTTY);
}
PROBE(host_console, "writes to the host's first console")
{
	return opens("/dev/tty0", O_WRONLY | O_NOCTTY);
}
PROBE(fuse, "serves a file system")
{
	return opens("/dev/fuse", O_RDWR);
}
PROBE(loop_devices, "makes loop devices")
{
	return opens("/dev/loop-control", O_RDWR);
}
PROBE(virtual_machines, "makes virtual machines")
{
	return opens("/dev/kvm", O_RDWR);
}
PROBE(tunnel, "makes a network device")
{
	return opens("/dev/net/tun", O_RDWR);
}
PROBE(fault_device, "handles page faults by /dev/userfaultfd")
{
	return opens("/dev/userfaultfd", O_RDWR);
}
PROBE(feed_random, "feeds the random generator")
{
	return opens("/dev/urandom", O_WRONLY);
}
PROBE(process_latency, "sets the latency of processors")
{
	return opens("/dev/cpu_dma_latency", O_RDWR);
}

PROBE(write_sysctl, "changes a kernel setting")
{
	return opens("/proc/sys/vm/swappiness", O_WRONLY);
}
PROBE(core_pattern, "names the program that gets core dumps")
{
	return opens("/proc/sys/kernel/core_pattern", O_WRONLY);
}
PROBE(module_program, "names the program that loads modules")
{
	return opens("/proc/sys/kernel/modprobe", O_WRONLY);
}
PROBE(read_sysctl, "reads kernel settings")
{
	return reads("/proc/sys/kernel/random/boot_id");
}
PROBE(system_request, "sends system requests by /proc/sysrq-trigger")
{
	return opens("/proc/sysrq-trigger", O_WRONLY);
}
PROBE(kernel_memory, "reads /proc/kcore")
{
	return reads("/proc/kcore");
}
PROBE(kernel_log, "reads /proc/kmsg")
{
	return opens("/proc/kmsg", O_RDONLY);
}
PROBE(kernel_symbols, "reads where the kernel's functions are")
{
	return reads("/proc/kallsyms");
}
PROBE(kernel_allocations, "reads what the kernel has allocated")
{
	return reads("/proc/vmallocinfo");
}
PROBE(kernel_slabs, "reads the kernel's slabs")
{
	return reads("/proc/slabinfo");
}
PROBE(kernel_keys, "reads the list of keys")
{
	return reads("/proc/keys");
}
PROBE(kernel_command_line, "reads how the kernel was started")
{
	return reads("/proc/cmdline");
}
PROBE(kernel_configuration, "reads how the kernel was built")
{
	return reads("/proc/config.gz");
}
PROBE(interrupts, "reads the host's interrupts")
{
	return reads("/proc/interrupts");
}
PROBE(host_load, "reads the host's load")
{
	return reads("/proc/loadavg");
}
PROBE(host_disks, "reads the host's disks")
{
	return reads("/proc/diskstats");
}
PROBE(affinity_of_interrupts, "directs interrupts")
{
	return opens("/proc/irq/default_smp_affinity", O_WRONLY);
}
PROBE(binary_formats, "registers an interpreter of programs")
{
	return opens("/proc/sys/fs/binfmt_misc/register", O_WRONLY);
}
PROBE(sleep_states, "puts the host to sleep")
{
	return opens("/sys/power/state", O_WRONLY);
}
PROBE(list_devices, "lists the host's devices")
{
	return opens("/sys/devices", O_RDONLY | O_DIRECTORY);
}
PROBE(uevent, "tells the host of a device")
{
	return opens("/sys/class/mem/null/uevent", O_WRONLY);
}
PROBE(leave_cgroup, "moves itself to another control group")
{
	return opens("/sys/fs/cgroup/pids/cgroup.procs", O_WRONLY) == 0
	               ? 0
	               : opens("/sys/fs/cgroup/cgroup.procs", O_WRONLY);
}
PROBE(new_cgroup, "makes a control group")
{
	const char *path = access("/sys/fs/cgroup/pids", F_OK) == 0
	                           ? "/sys/fs/cgroup/pids/clsync-probe"
	                           : "/sys/fs/cgroup/clsync-probe";

	return mkdir(path, 0755) == 0 ? rmdir(path) : -1;
}
PROBE(spare_itself, "tells the kernel to kill others first when memory is short")
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	return fd < 0 || write(fd, "-1", 2) != 2 ? -1 : 0;
}

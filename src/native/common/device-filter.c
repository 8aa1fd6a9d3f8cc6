#include "common/device-filter.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INSTRUCTIONS_MAX 4096
/* The layout that src/master/sandbox/devices.ts writes. */
_Static_assert(sizeof(struct bpf_insn) == 8 && offsetof(struct bpf_insn, off) == 2 &&
                       offsetof(struct bpf_insn, imm) == 4,
               "struct bpf_insn");

static int load(const uint8_t *bytes, size_t length)
{
	static const char license[] = "";
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attributes.insns = (uintptr_t)bytes;
	attributes.insn_cnt = (uint32_t)(length / sizeof(struct bpf_insn));
	attributes.license = (uintptr_t)license;
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
}

static int attach(int group, int program)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.target_fd = (uint32_t)group;
	attributes.attach_bpf_fd = (uint32_t)program;
	attributes.attach_type = BPF_CGROUP_DEVICE;
	return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof(attributes));
}

int device_filter_attach(int group, const uint8_t *bytes, size_t length)
{
	if (length == 0 || length % sizeof(struct bpf_insn) != 0 ||
	    length / sizeof(struct bpf_insn) > INSTRUCTIONS_MAX)
		return EINVAL;
	int program = load(bytes, length);
	if (program < 0)
		return errno;
	int result = attach(group, program) == 0 ? 0 : errno;
	close(program);
	return result;
}

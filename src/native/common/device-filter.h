/*
 * Programs that decide which devices a control group of version 2 may open: see bpf(2),
 * BPF_PROG_TYPE_CGROUP_DEVICE.
 */
#ifndef CLSYNC_DEVICE_FILTER_H
#define CLSYNC_DEVICE_FILTER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Attaches a program (struct bpf_insn) to the group, a descriptor of its directory, and those below
 * it, until the group is removed. Returns 0 or errno; EINVAL: it is no program.
 */
int device_filter_attach(int group, const uint8_t *bytes, size_t length);

#endif

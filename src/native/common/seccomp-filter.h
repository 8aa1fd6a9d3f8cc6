/* Filters of system calls that TypeScript has compiled, see src/shared/seccomp/filter.ts. */
#ifndef CLSYNC_SECCOMP_FILTER_H
#define CLSYNC_SECCOMP_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

_Static_assert(sizeof(struct sock_filter) == 8 && offsetof(struct sock_filter, jt) == 2 &&
                       offsetof(struct sock_filter, jf) == 3 &&
                       offsetof(struct sock_filter, k) == 4,
               "struct sock_filter");

/*
 * Makes `*program` point to the filter, which is not copied; an empty one means none. False when
 * the length is not valid.
 */
static inline bool seccomp_filter(const uint8_t *bytes, size_t length, struct sock_fprog *program)
{
	if (length % sizeof(struct sock_filter) != 0 ||
	    length / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return false;
	program->len = (unsigned short)(length / sizeof(struct sock_filter));
	program->filter = (struct sock_filter *)(uintptr_t)bytes;
	return true;
}

#endif

/*
 * What the target of the launcher and its stand-ins share: a kernel that keeps what it is told and
 * changes nothing on the machine.
 *
 * Whatever the input holds behind the specification decides, a byte a call, how calls end; when it
 * is used up, all succeed.
 */
#ifndef TARGET_SPECIFICATION_H
#define TARGET_SPECIFICATION_H

#include "stand-ins.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/* The descriptor on which the launcher reads the specification and reports. */
enum { CHANNEL = 3, DESCRIPTORS = 64, GROUPS_MAX = 65536 };
/* All capabilities of this kernel. */
#define CAPABILITIES ((1ull << 41) - 1)

/* The identity and rights of a process. */
struct state {
	uid_t uids[3];
	gid_t gids[3];
	uint64_t permitted, effective, inheritable, ambient, bounding, descriptors;
	uint64_t death_signal, no_new_privileges, no_written_code, filtered, in_cgroup;
	struct rlimit limits[RLIM_NLIMITS];
};

struct kernel {
	/* The state asked for, and the actual one: a call may only pretend to succeed. */
	struct state asked, is;
	/* A call has failed that is required before the program may run. */
	bool failed;
	pid_t pid, parent, session;
	/* Milliseconds. */
	long clock;
	/* The next process begins a pid namespace. */
	bool new_namespace;
	/* The descriptor of a cgroup's list of members, or -1. */
	int cgroup;
	/* Descriptors that are the program's own files, whatever their number meant before. */
	uint64_t files;
	mode_t mask;
	size_t group_count;
	/* Last member; not cleared beyond the count. */
	gid_t groups[GROUPS_MAX];
};
extern struct kernel kernel;

/* Asks for a state. The input decides whether it takes effect and what the call returns. */
#define SET(field, value)                                                                          \
	do {                                                                                       \
		kernel.asked.field = (value);                                                      \
		if (takes_effect(&result))                                                         \
			kernel.is.field = kernel.asked.field;                                      \
	} while (0)

void kernel_begin(const uint8_t *input, size_t size);

/* The next byte of the input that decides something; -1 when there is none. */
int decision(void);

/* Whether a call fails, with errno set; the program may still run. */
bool fails(void);
/* As fails(), for a call that the program's confinement requires. */
bool refused(void);
/* Whether a call takes effect whose effect the launcher reads back; `*result` is what it says. */
bool takes_effect(int *result);

/* Opens the lowest free descriptor; -1 when none is free. */
int open_descriptor(void);
/* As open_descriptor(), unless the input makes it fail. */
int opened(void);
bool is_open(int fd);

/* Calls that have no function of their own in libc. */
long credentials_call(long number, void *first, void *second);

#endif

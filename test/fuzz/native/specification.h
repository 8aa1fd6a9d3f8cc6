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

/* Where the launcher reads the specification and reports. */
enum { CHANNEL = 3, DESCRIPTORS = 64, GROUPS_MAX = 65536 };
/* All that this kernel knows. */
#define CAPABILITIES ((1ull << 41) - 1)

/* What a process is and may do. */
struct state {
	uid_t uids[3];
	gid_t gids[3];
	uint64_t permitted, effective, inheritable, ambient, bounding, descriptors;
	uint64_t death_signal, no_new_privileges, no_written_code, filtered, in_cgroup;
	struct rlimit limits[RLIM_NLIMITS];
};

struct kernel {
	/* What was asked for, and what is so: a call may say that it did what it did not. */
	struct state asked, is;
	/* A call failed without which the program may not run. */
	bool failed;
	pid_t pid, parent, session;
	/* The next process begins a pid namespace. */
	bool new_namespace;
	/* The descriptor of a cgroup's list of members, or -1. */
	int cgroup;
	/* Descriptors that are the program's own files, whatever their number meant before. */
	uint64_t files;
	mode_t mask;
	size_t group_count;
	/* Last, and not cleared beyond the count. */
	gid_t groups[GROUPS_MAX];
};
extern struct kernel kernel;

/* Asks for a state; whether it becomes so, and what the call returns, the input says. */
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
/* As fails(), of a call that the program's confinement needs. */
bool refused(void);
/* Whether a call takes effect whose effect the launcher reads back; `*result` is what it says. */
bool takes_effect(int *result);

/* The lowest that is free, or -1. */
int open_descriptor(void);
/* The same, if opening succeeds. */
int opened(void);
bool is_open(int fd);

/* Calls that have no function of their own in libc. */
long credentials_call(long number, void *first, void *second);

#endif

/* Landlock's system calls, see landlock(7). */
#ifndef CLSYNC_LANDLOCK_H
#define CLSYNC_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * <linux/landlock.h> of older distributions lacks the later fields. The kernel accepts a shorter
 * structure.
 */
struct landlock_rights {
	uint64_t files;
	uint64_t network;
	uint64_t scoped;
};
struct landlock_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));
_Static_assert(offsetof(struct landlock_rights, network) == 8 &&
                       offsetof(struct landlock_rights, scoped) == 16,
               "struct landlock_ruleset_attr");
_Static_assert(offsetof(struct landlock_beneath, parent) == 8 &&
                       sizeof(struct landlock_beneath) == 12,
               "struct landlock_path_beneath_attr");
#define SYS_LANDLOCK_CREATE_RULESET 444
#define SYS_LANDLOCK_ADD_RULE 445
#define SYS_LANDLOCK_RESTRICT_SELF 446
#define LANDLOCK_BENEATH 1

/* A descriptor of a new set of rules, which refuse all these rights; -1 with errno set. */
static inline int landlock_create(const struct landlock_rights *refused)
{
	const size_t size = refused->scoped != 0    ? sizeof(*refused)
	                    : refused->network != 0 ? offsetof(struct landlock_rights, scoped)
	                                            : offsetof(struct landlock_rights, network);

	return (int)syscall(SYS_LANDLOCK_CREATE_RULESET, refused, size, 0);
}

/*
 * Allows rights to what is open as `parent`, and beneath it. `on_files`: the rights that apply to
 * files that are not directories; the kernel rejects other rights there. False with errno set.
 */
static inline bool landlock_allow(int rules, int parent, uint64_t allowed, uint64_t on_files)
{
	struct landlock_beneath rule = { allowed, parent };
	struct stat status;

	if (fstat(parent, &status) != 0)
		return false;
	if (!S_ISDIR(status.st_mode))
		rule.allowed &= on_files;
	/* A rule that allows nothing is an error to the kernel. */
	return rule.allowed == 0 ||
	       syscall(SYS_LANDLOCK_ADD_RULE, rules, LANDLOCK_BENEATH, &rule, 0) == 0;
}

/* Applies the rules to this thread. False with errno set. */
static inline bool landlock_restrict(int rules)
{
	return syscall(SYS_LANDLOCK_RESTRICT_SELF, rules, 0) == 0;
}

#endif

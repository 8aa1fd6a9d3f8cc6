#include "launch/restrictions.h"

#include "common/kernel-headers.h"
#include "common/seccomp-filter.h"
#include "launch/failure.h"
#include "launch/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * <linux/landlock.h> of older distributions lacks the later fields. The kernel accepts a shorter
 * structure.
 */
struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scoped;
};
struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));
_Static_assert(offsetof(struct ruleset, network) == 8 && offsetof(struct ruleset, scoped) == 16,
               "struct landlock_ruleset_attr");
_Static_assert(offsetof(struct path_beneath, parent) == 8 && sizeof(struct path_beneath) == 12,
               "struct landlock_path_beneath_attr");
#define SYS_LANDLOCK_CREATE_RULESET 444
#define SYS_LANDLOCK_ADD_RULE 445
#define SYS_LANDLOCK_RESTRICT_SELF 446
#define RULE_PATH_BENEATH 1

void step_memory(struct payload *payload)
{
	read_end(payload);
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0)
		fail(errno, "PR_SET_MDWE");
	if (prctl(PR_GET_MDWE, 0, 0, 0, 0) != PR_MDWE_REFUSE_EXEC_GAIN)
		fail(EPERM, "PR_SET_MDWE");
}

static size_t size_of(const struct ruleset *rules)
{
	if (rules->scoped != 0)
		return sizeof(*rules);
	return rules->network != 0 ? offsetof(struct ruleset, scoped)
	                           : offsetof(struct ruleset, network);
}

/*
 * `on_files`: the rights that apply to files that are not directories; the kernel rejects other
 * rights there.
 */
static void allow_beneath(int ruleset, const struct place *place, uint64_t allowed,
                          uint64_t on_files)
{
	bool is_open = place_is_open(place);
	struct path_beneath rule = { allowed, is_open ? (int)place->descriptor
		                                      : open(place->path, O_PATH | O_CLOEXEC) };
	struct stat stat;

	if (rule.parent < 0 || fstat(rule.parent, &stat) != 0)
		fail(errno, "%s", place->path);
	if (!S_ISDIR(stat.st_mode))
		rule.allowed &= on_files;
	/* A rule that allows nothing is an error to the kernel. */
	if (rule.allowed != 0 &&
	    syscall(SYS_LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) != 0)
		fail(errno, "%s", place->path);
	if (!is_open)
		close(rule.parent);
}

void step_landlock(struct payload *payload)
{
	struct ruleset rules = { .files = read_u64(payload) };
	rules.network = read_u64(payload);
	rules.scoped = read_u64(payload);
	uint64_t on_files = read_u64(payload);
	uint32_t count = read_count(payload, 17, 65536);

	int ruleset = (int)syscall(SYS_LANDLOCK_CREATE_RULESET, &rules, size_of(&rules), 0);
	if (ruleset < 0)
		fail(errno, "creating the rules");
	for (uint32_t i = 0; i < count; i++) {
		struct place place = read_place(payload);

		allow_beneath(ruleset, &place, read_u64(payload), on_files);
	}
	read_end(payload);
	if (syscall(SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0) != 0)
		fail(errno, "restricting");
	close(ruleset);
}

void step_seccomp(struct payload *payload)
{
	struct sock_fprog program;
	size_t length;
	const uint8_t *bytes = read_bytes(payload, &length);

	read_end(payload);
	if (length == 0 || !seccomp_filter(bytes, length, &program))
		fail(EBADMSG, "a filter of %zu bytes", length);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		fail(errno, "the filter");
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER)
		fail(EPERM, "the filter");
}

/*
 * Steps that take rights away for good: memory that becomes executable, Landlock on files, TCP and
 * signals, the filter of system calls.
 */
#include "launch/launch.h"
#include "common/kernel-headers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * <linux/landlock.h> of older distributions lacks the later fields; the kernel takes as many as are
 * given.
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
#define SYS_LANDLOCK_CREATE_RULESET 444
#define SYS_LANDLOCK_ADD_RULE 445
#define SYS_LANDLOCK_RESTRICT_SELF 446
#define RULE_PATH_BENEATH 1

/* No payload. The program inherits it over the exec, and so does what it starts. */
void step_memory(struct reader *reader)
{
	read_end(reader);
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
 * `on_files`: the rights that mean something on what is no directory; the kernel refuses the others
 * there.
 */
static void allow_beneath(int ruleset, const char *path, uint64_t allowed, uint64_t on_files)
{
	struct path_beneath rule = { allowed, open(path, O_PATH | O_CLOEXEC) };
	struct stat stat;

	if (rule.parent < 0 || fstat(rule.parent, &stat) != 0)
		fail(errno, "%s", path);
	if (!S_ISDIR(stat.st_mode))
		rule.allowed &= on_files;
	if (syscall(SYS_LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) != 0)
		fail(errno, "%s", path);
	close(rule.parent);
}

/*
 * Payload: masks handled for files, network and scopes; the mask of rights on files that are no
 * directories; then paths with their rights.
 */
void step_landlock(struct reader *reader)
{
	struct ruleset rules = { .files = read_u64(reader) };
	rules.network = read_u64(reader);
	rules.scoped = read_u64(reader);
	uint64_t on_files = read_u64(reader);
	uint32_t count = read_count(reader, 13, 65536);

	int ruleset = (int)syscall(SYS_LANDLOCK_CREATE_RULESET, &rules, size_of(&rules), 0);
	if (ruleset < 0)
		fail(errno, "creating the rules");
	for (uint32_t i = 0; i < count; i++) {
		const char *path = read_string(reader);

		allow_beneath(ruleset, path, read_u64(reader), on_files);
	}
	read_end(reader);
	if (syscall(SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0) != 0)
		fail(errno, "restricting");
	close(ruleset);
}

/* Payload: an array of struct sock_filter. It must let through what the last step needs. */
void step_seccomp(struct reader *reader)
{
	size_t length;
	const uint8_t *bytes = read_bytes(reader, &length);

	read_end(reader);
	if (length == 0 || length % sizeof(struct sock_filter) != 0 ||
	    length / sizeof(struct sock_filter) > BPF_MAXINSNS)
		fail(EBADMSG, "a filter of %zu bytes", length);
	struct sock_fprog program = { (unsigned short)(length / sizeof(struct sock_filter)),
		                      (struct sock_filter *)bytes };
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		fail(errno, "the filter");
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER)
		fail(EPERM, "the filter");
}

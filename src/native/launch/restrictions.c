#include "launch/restrictions.h"

#include "common/kernel-headers.h"
#include "common/landlock.h"
#include "common/seccomp-filter.h"
#include "launch/failure.h"
#include "launch/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

void step_memory(struct payload *payload)
{
	read_end(payload);
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0)
		fail(errno, "PR_SET_MDWE");
	if (prctl(PR_GET_MDWE, 0, 0, 0, 0) != PR_MDWE_REFUSE_EXEC_GAIN)
		fail(EPERM, "PR_SET_MDWE");
}

static void allow_beneath(int ruleset, const struct place *place, uint64_t allowed,
                          uint64_t on_files)
{
	bool is_open = place_is_open(place);
	int parent = is_open ? (int)place->descriptor : open(place->path, O_PATH | O_CLOEXEC);

	if (parent < 0 || !landlock_allow(ruleset, parent, allowed, on_files))
		fail(errno, "%s", place->path);
	if (!is_open)
		close(parent);
}

void step_landlock(struct payload *payload)
{
	struct landlock_rights rules = { .files = read_u64(payload) };
	rules.network = read_u64(payload);
	rules.scoped = read_u64(payload);
	uint64_t on_files = read_u64(payload);
	uint32_t count = read_count(payload, 17, 65536);

	int ruleset = landlock_create(&rules);
	if (ruleset < 0)
		fail(errno, "creating the rules");
	for (uint32_t i = 0; i < count; i++) {
		struct place place = read_place(payload);

		allow_beneath(ruleset, &place, read_u64(payload), on_files);
	}
	read_end(payload);
	if (!landlock_restrict(ruleset))
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

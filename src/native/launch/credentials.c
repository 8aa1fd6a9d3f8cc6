#include "launch/credentials.h"

#include "launch/failure.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITIES_MAX 64

pid_t launch_parent;

void step_bounding(struct payload *payload)
{
	uint64_t wanted = read_u64(payload);

	read_end(payload);
	for (unsigned long capability = 0; capability < CAPABILITIES_MAX; capability++) {
		bool keep = wanted >> capability & 1;
		int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);

		if (held < 0 && !keep)
			break; /* past the last capability of this kernel */
		if (held == 1 && !keep && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
			fail(errno, "dropping capability %lu", capability);
		if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != (int)keep)
			fail(EPERM, "capability %lu", capability);
	}
}

static int by_number(const void *a, const void *b)
{
	gid_t left = *(const gid_t *)a, right = *(const gid_t *)b;

	return (left > right) - (left < right);
}

static void set_groups(struct payload *payload)
{
	uint32_t count = read_count(payload, sizeof(uint32_t), 65536);
	gid_t *wanted = calloc((size_t)count + 1, sizeof(*wanted)),
	      *got = calloc((size_t)count + 1, sizeof(*got));

	if (wanted == NULL || got == NULL)
		fail(ENOMEM, "groups");
	for (uint32_t i = 0; i < count; i++)
		wanted[i] = read_u32(payload);
	qsort(wanted, count, sizeof(*wanted), by_number); /* the kernel sorts them too */
	if (setgroups(count, wanted) != 0)
		fail(errno, "setgroups");
	if (getgroups(0, NULL) != (int)count || getgroups((int)count, got) != (int)count)
		fail(EPERM, "supplementary groups");
	for (uint32_t i = 0; i < count; i++)
		if (got[i] != wanted[i])
			fail(EPERM, "supplementary groups");
	free(wanted);
	free(got);
}

void step_identity(struct payload *payload)
{
	uid_t uid = read_u32(payload), real_uid, effective_uid, saved_uid;
	gid_t gid = read_u32(payload), real_gid, effective_gid, saved_gid;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		fail(errno, "PR_SET_KEEPCAPS");
	set_groups(payload);
	read_end(payload);
	if (setresgid(gid, gid, gid) != 0)
		fail(errno, "setresgid %u", gid);
	if (setresuid(uid, uid, uid) != 0)
		fail(errno, "setresuid %u", uid);
	if (getresuid(&real_uid, &effective_uid, &saved_uid) != 0 || real_uid != uid ||
	    effective_uid != uid || saved_uid != uid)
		fail(EPERM, "uid %u", uid);
	if (getresgid(&real_gid, &effective_gid, &saved_gid) != 0 || real_gid != gid ||
	    effective_gid != gid || saved_gid != gid)
		fail(EPERM, "gid %u", gid);
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
		fail(errno, "PR_SET_KEEPCAPS");
}

static void set_sets(uint64_t permitted, uint64_t effective, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct wanted[2], got[2];

	for (int half = 0; half < 2; half++) {
		wanted[half].permitted = (uint32_t)(permitted >> 32 * half);
		wanted[half].effective = (uint32_t)(effective >> 32 * half);
		wanted[half].inheritable = (uint32_t)(inheritable >> 32 * half);
	}
	if (syscall(SYS_capset, &header, wanted) != 0)
		fail(errno, "capset");
	if (syscall(SYS_capget, &header, got) != 0)
		fail(errno, "capget");
	for (int half = 0; half < 2; half++)
		if (got[half].permitted != wanted[half].permitted ||
		    got[half].effective != wanted[half].effective ||
		    got[half].inheritable != wanted[half].inheritable)
			fail(EPERM, "capability sets");
}

void step_capabilities(struct payload *payload)
{
	uint64_t permitted = read_u64(payload), effective = read_u64(payload),
	         inheritable = read_u64(payload), ambient = read_u64(payload);

	read_end(payload);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		fail(errno, "PR_CAP_AMBIENT_CLEAR_ALL");
	set_sets(permitted, effective, inheritable);
	for (unsigned long capability = 0; capability < CAPABILITIES_MAX; capability++) {
		bool wanted = ambient >> capability & 1;

		if (wanted && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
			fail(errno, "raising ambient capability %lu", capability);
		int held = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0);
		if (held < 0 && !wanted)
			break;
		if (held != (int)wanted)
			fail(EPERM, "ambient capability %lu", capability);
	}
}

void drop_bounding(void)
{
	for (unsigned long capability = 0; capability < CAPABILITIES_MAX; capability++)
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
			return; /* past the last capability, or not permitted: then
			         * drop_capabilities and no_new_privs are enough */
}

void drop_capabilities(uint64_t kept)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		fail(errno, "PR_CAP_AMBIENT_CLEAR_ALL");
	set_sets(kept, kept, 0);
}

void end_with(pid_t expected, int signal)
{
	int got = 0;

	if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0 ||
	    prctl(PR_GET_PDEATHSIG, &got, 0, 0, 0) != 0 || got != signal)
		fail(errno, "PR_SET_PDEATHSIG");
	if (getppid() != expected)
		fail(ESRCH, "the parent is %d, not %d: it ended", getppid(), expected);
}

void step_parent(struct payload *payload)
{
	pid_t named = (pid_t)read_u32(payload);

	read_end(payload);
	end_with(launch_parent != 0 ? launch_parent : named, SIGKILL);
}

void step_privileges(struct payload *payload)
{
	read_end(payload);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		fail(errno, "PR_SET_NO_NEW_PRIVS");
}

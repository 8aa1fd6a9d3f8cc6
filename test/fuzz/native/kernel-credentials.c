/*
 * The identity and rights of the process: ids, capabilities, limits, and the state set by prctl(2).
 */
#include "specification.h"
#include "common/kernel-headers.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_in(uint64_t set, unsigned long capability)
{
	if (capability < 64 && CAPABILITIES >> capability & 1)
		return set >> capability & 1;
	errno = EINVAL;
	return -1;
}

static int ambient(unsigned long what, unsigned long capability)
{
	int result;

	switch (what) {
	case PR_CAP_AMBIENT_CLEAR_ALL:
		SET(ambient, 0);
		return result;
	case PR_CAP_AMBIENT_RAISE:
		if (is_in(kernel.is.permitted & kernel.is.inheritable, capability) != 1) {
			errno = EPERM;
			return -1;
		}
		SET(ambient, kernel.is.ambient | 1ull << capability);
		return result;
	default:
		CHECK(what == PR_CAP_AMBIENT_IS_SET);
		return is_in(kernel.is.ambient, capability);
	}
}

static int drop_bounding_one(unsigned long capability)
{
	int result;

	if (is_in(kernel.is.bounding, capability) < 0)
		return -1;
	SET(bounding, kernel.is.bounding & ~(1ull << capability));
	return result;
}

STAND_IN(int, prctl, int option, ...)
{
	unsigned long first, second;
	va_list rest;
	int result;

	va_start(rest, option);
	first = va_arg(rest, unsigned long);
	second = va_arg(rest, unsigned long);
	va_end(rest);
	switch (option) {
	case PR_CAPBSET_READ:
		return is_in(kernel.is.bounding, first);
	case PR_CAPBSET_DROP:
		return drop_bounding_one(first);
	case PR_CAP_AMBIENT:
		return ambient(first, second);
	case PR_SET_PDEATHSIG:
		SET(death_signal, first);
		return result;
	case PR_GET_PDEATHSIG:
		*(int *)first = (int)kernel.is.death_signal;
		return 0;
	case PR_SET_NO_NEW_PRIVS:
		SET(no_new_privileges, 1);
		return result;
	case PR_GET_NO_NEW_PRIVS:
		return (int)kernel.is.no_new_privileges;
	case PR_SET_MDWE:
		SET(no_written_code, first);
		return result;
	case PR_GET_MDWE:
		return (int)kernel.is.no_written_code;
	case PR_GET_SECCOMP:
		return kernel.is.filtered ? SECCOMP_MODE_FILTER : 0;
	case PR_SET_KEEPCAPS:
	case PR_SET_CHILD_SUBREAPER:
	case PR_SET_DUMPABLE:
		return refused() ? -1 : 0;
	}
	CHECK(!"a prctl that is not known here");
	return -1;
}

STAND_IN(int, setresuid, uid_t real, uid_t effective, uid_t saved)
{
	int result;

	SET(uids[0], real);
	if (result == 0)
		SET(uids[1], effective);
	if (result == 0)
		SET(uids[2], saved);
	return result;
}

STAND_IN(int, setresgid, gid_t real, gid_t effective, gid_t saved)
{
	int result;

	SET(gids[0], real);
	if (result == 0)
		SET(gids[1], effective);
	if (result == 0)
		SET(gids[2], saved);
	return result;
}

STAND_IN(int, getresuid, uid_t *real, uid_t *effective, uid_t *saved)
{
	*real = kernel.is.uids[0];
	*effective = kernel.is.uids[1];
	*saved = kernel.is.uids[2];
	return 0;
}

STAND_IN(int, getresgid, gid_t *real, gid_t *effective, gid_t *saved)
{
	*real = kernel.is.gids[0];
	*effective = kernel.is.gids[1];
	*saved = kernel.is.gids[2];
	return 0;
}

/* If the call only pretends to succeed, the number of groups is right, but they are others. */
STAND_IN(int, setgroups, size_t count, const gid_t *groups)
{
	int result;
	bool is_so = takes_effect(&result);

	CHECK(count <= GROUPS_MAX);
	touch(groups, count * sizeof(*groups));
	if (result < 0)
		return -1;
	kernel.group_count = count;
	memset(kernel.groups, 0xff, count * sizeof(*groups));
	if (is_so)
		memcpy(kernel.groups, groups, count * sizeof(*groups));
	kernel.failed |= memcmp(kernel.groups, groups, count * sizeof(*groups)) != 0;
	return 0;
}

STAND_IN(int, getgroups, int count, gid_t *groups)
{
	if (count == 0)
		return (int)kernel.group_count;
	CHECK((size_t)count >= kernel.group_count);
	memcpy(groups, kernel.groups, kernel.group_count * sizeof(*groups));
	return (int)kernel.group_count;
}

STAND_IN(mode_t, umask, mode_t mask)
{
	mode_t before = kernel.mask;

	kernel.mask = mask & 0777;
	return before;
}

STAND_IN(int, setrlimit, __rlimit_resource_t resource, const struct rlimit *limit)
{
	int result;

	touch(limit, sizeof(*limit));
	if (resource >= RLIM_NLIMITS || limit->rlim_cur > limit->rlim_max) {
		errno = EINVAL;
		return -1;
	}
	SET(limits[resource], *limit);
	return result;
}

STAND_IN(int, getrlimit, __rlimit_resource_t resource, struct rlimit *limit)
{
	CHECK(resource < RLIM_NLIMITS);
	*limit = kernel.is.limits[resource];
	return 0;
}

static uint64_t joined(const uint32_t *low, const uint32_t *high)
{
	return *low | (uint64_t)*high << 32;
}

static long set_capabilities(const struct __user_cap_data_struct *data)
{
	uint64_t permitted = joined(&data[0].permitted, &data[1].permitted),
	         effective = joined(&data[0].effective, &data[1].effective);
	int result;

	if ((permitted & ~kernel.is.permitted) != 0 || (effective & ~permitted) != 0) {
		errno = EPERM;
		return -1;
	}
	SET(permitted, permitted);
	if (result == 0)
		SET(effective, effective);
	if (result == 0)
		SET(inheritable, joined(&data[0].inheritable, &data[1].inheritable));
	kernel.asked.ambient &= kernel.asked.permitted & kernel.asked.inheritable;
	kernel.is.ambient &= kernel.is.permitted & kernel.is.inheritable;
	return result;
}

static long get_capabilities(struct __user_cap_data_struct *data)
{
	for (int half = 0; half < 2; half++)
		data[half] = (struct __user_cap_data_struct){
			.permitted = (uint32_t)(kernel.is.permitted >> 32 * half),
			.effective = (uint32_t)(kernel.is.effective >> 32 * half),
			.inheritable = (uint32_t)(kernel.is.inheritable >> 32 * half),
		};
	return 0;
}

long credentials_call(long number, void *header, void *data)
{
	touch(header, sizeof(struct __user_cap_header_struct));
	return number == SYS_capset ? set_capabilities(data) : get_capabilities(data);
}

#include "mirror/attributes.h"

#include "mirror/extended.h"
#include "mirror/status.h"

#include <errno.h>

enum { SET_ID = 06000, PERMISSIONS = 07777 };
#define UNCHANGED ((uid_t) - 1)

bool attributes_settable(const struct mirror *mirror, const struct place *to,
                         const struct stat *copy)
{
	/* A file server may have given all files to somebody else, and yet let them be changed. */
	return mirror->terms.options & MIRROR_ANY_OWNER || copy->st_uid == mirror->uid ||
	       place_set_time(to, copy->st_mtim) == 0 || errno != EPERM;
}

static bool may_set_group(const struct mirror *mirror, gid_t group)
{
	if (mirror->terms.options & MIRROR_ANY_OWNER)
		return true;
	for (int i = 0; i < mirror->group_count; i++)
		if (mirror->groups[i] == group)
			return true;
	return false;
}

static uid_t owner_to_set(const struct mirror *mirror, const struct stat *source,
                          const struct stat *copy)
{
	const uint32_t both = MIRROR_OWNER | MIRROR_ANY_OWNER;

	return (mirror->terms.options & both) == both && (!copy || copy->st_uid != source->st_uid)
	               ? source->st_uid
	               : UNCHANGED;
}

static gid_t group_to_set(const struct mirror *mirror, const struct stat *source,
                          const struct stat *copy)
{
	return mirror->terms.options & MIRROR_GROUP && may_set_group(mirror, source->st_gid) &&
	                       (!copy || copy->st_gid != source->st_gid)
	               ? source->st_gid
	               : UNCHANGED;
}

/*
 * The mode that the copy is to have. Set-id bits mean nothing without the owner and group they are
 * for. Without MIRROR_MODE a new object is as if made with umask 022.
 */
static mode_t mode_wanted(const struct mirror *mirror, const struct stat *source,
                          const struct stat *copy)
{
	mode_t mode = source->st_mode & PERMISSIONS;

	if (!(mirror->terms.options & MIRROR_MODE))
		return copy ? copy->st_mode & PERMISSIONS : mode & 0755;
	if (!(mirror->terms.options & MIRROR_SET_ID))
		mode &= ~(mode_t)SET_ID;
	if (S_ISDIR(source->st_mode))
		return mode;
	if (!(mirror->terms.options & MIRROR_ANY_OWNER)) {
		if (source->st_uid != mirror->uid)
			mode &= ~(mode_t)S_ISUID;
		if (!may_set_group(mirror, source->st_gid))
			mode &= ~(mode_t)S_ISGID;
	}
	return mode;
}

static bool time_is_wanted(const struct mirror *mirror, const struct stat *source,
                           const struct stat *copy)
{
	return mirror->terms.options & MIRROR_TIMES &&
	       (!copy || !times_equal(mirror, source->st_mtim, copy->st_mtim));
}

uint32_t attributes_differ(struct worker *worker, const struct job *job, const struct place *from,
                           const struct stat *source, const struct place *to,
                           const struct stat *copy)
{
	const struct mirror *mirror = worker->mirror;
	uint32_t what = 0;

	if (owner_to_set(mirror, source, copy) != UNCHANGED)
		what |= DIFFERS_OWNER;
	if (group_to_set(mirror, source, copy) != UNCHANGED)
		what |= DIFFERS_GROUP;
	if (!S_ISLNK(source->st_mode) &&
	    mode_wanted(mirror, source, copy) != (copy->st_mode & PERMISSIONS))
		what |= DIFFERS_MODE;
	if (time_is_wanted(mirror, source, copy))
		what |= DIFFERS_TIME;
	if (extended_differ(worker, job, from, to))
		what |= DIFFERS_ATTRIBUTES;
	return what;
}

bool attributes_open(const struct mirror *mirror, const struct stat *source,
                     const struct stat *copy)
{
	return owner_to_set(mirror, source, copy) != UNCHANGED ||
	       group_to_set(mirror, source, copy) != UNCHANGED ||
	       mode_wanted(mirror, source, copy) & ~copy->st_mode & PERMISSIONS;
}

bool attributes_make(struct worker *worker, const struct job *job, const struct place *from,
                     const struct stat *source, const struct place *to, const struct stat *copy)
{
	const struct mirror *mirror = worker->mirror;
	const uid_t uid = owner_to_set(mirror, source, copy);
	const gid_t gid = group_to_set(mirror, source, copy);
	mode_t mode = mode_wanted(mirror, source, copy);
	bool changed = false;

	if (uid != UNCHANGED || gid != UNCHANGED) {
		changed = place_set_owner(to, uid, gid) == 0;
		if (!changed) {
			job_fail(job, CALL_CHOWN, AT_DESTINATION);
			mode &= S_ISDIR(source->st_mode) ? mode : ~(mode_t)SET_ID;
		}
	}
	changed |= extended_make(worker, job, from, source, to, !copy && !job->pair->inherits);
	/* A new owner takes set-id bits away, an ACL changes the group's. */
	if (!S_ISLNK(source->st_mode) &&
	    (!copy || changed || (copy->st_mode & PERMISSIONS) != mode)) {
		if (place_set_mode(to, mode) == 0)
			changed = true;
		else
			job_fail(job, CALL_CHMOD, AT_DESTINATION);
	}
	if (time_is_wanted(mirror, source, copy)) {
		if (place_set_time(to, source->st_mtim) == 0)
			changed = true;
		else
			job_fail(job, CALL_UTIMENS, AT_DESTINATION);
	}
	return changed;
}

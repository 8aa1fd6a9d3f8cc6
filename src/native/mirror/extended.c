#include "mirror/extended.h"

#include "mirror/acl.h"
#include "mirror/status.h"

#include <errno.h>
#include <string.h>

enum { LIST_FROM, LIST_TO, VALUE_FROM, VALUE_TO };
enum { MIRRORED = MIRROR_ACLS | MIRROR_USER_ATTRIBUTES | MIRROR_CAPABILITIES };

static void *part(struct worker *worker, int number)
{
	return worker->buffer + number * BUFFER_PART;
}

static bool is_mirrored(uint32_t options, const char *name)
{
	if (strncmp(name, "user.", 5) == 0)
		return options & MIRROR_USER_ATTRIBUTES;
	if (is_acl(name))
		return options & MIRROR_ACLS;
	return strcmp(name, "security.capability") == 0 && options & MIRROR_CAPABILITIES;
}

/* Names, each ended by NUL, of those that are mirrored. Returns their length. */
static size_t list(struct worker *worker, const struct job *job, const struct place *place,
                   char *names)
{
	ssize_t length = place_list_attributes(worker, place, names, BUFFER_PART);
	size_t kept = 0;

	for (ssize_t at = 0; at < length;) {
		size_t size = strlen(names + at) + 1;

		if (is_mirrored(job->run->mirror->terms.options, names + at)) {
			memmove(names + kept, names + at, size);
			kept += size;
		}
		at += (ssize_t)size;
	}
	return kept;
}

static bool has(const char *names, size_t length, const char *name)
{
	for (size_t at = 0; at < length; at += strlen(names + at) + 1)
		if (strcmp(names + at, name) == 0)
			return true;
	return false;
}

/* Whether both have an attribute with the same value. `length`: that of the source's value. */
static bool is_equal(struct worker *worker, const struct place *from, const struct place *to,
                     const char *name, ssize_t *length)
{
	void *value = part(worker, VALUE_FROM), *other = part(worker, VALUE_TO);

	*length = place_get_attribute(worker, from, name, value, BUFFER_PART);
	if (*length > 0 && is_acl(name))
		*length = acl_keep_known(value, *length);
	return *length >= 0 &&
	       place_get_attribute(worker, to, name, other, BUFFER_PART) == *length &&
	       memcmp(value, other, (size_t)*length) == 0;
}

bool extended_differ(struct worker *worker, const struct job *job, const struct place *from,
                     const struct place *to)
{
	char *wanted = part(worker, LIST_FROM), *found = part(worker, LIST_TO);
	size_t wanted_length, found_length;
	ssize_t length;

	if (!(job->run->mirror->terms.options & MIRRORED))
		return false;
	wanted_length = list(worker, job, from, wanted);
	found_length = list(worker, job, to, found);
	if (wanted_length != found_length)
		return true;
	for (size_t at = 0; at < wanted_length; at += strlen(wanted + at) + 1)
		if (!is_equal(worker, from, to, wanted + at, &length))
			return true;
	return false;
}

/*
 * Whether what was read at a name is of the object it was read for. An attribute of another one,
 * which came in its place, may suit no copy of this one; and it is not to have it.
 */
static bool is_still(const struct job *job, const struct place *from, const struct stat *source)
{
	const int error = errno;
	struct stat now;
	bool is_same = from->descriptor >= 0 ||
	               (job_source(job, &now) == LOOKED_PRESENT && is_same_object(source, &now));

	errno = error;
	return is_same;
}

/*
 * Lets the owner write: user attributes need that, and he, or an ACL that has just been set, may
 * have taken it from himself. The mode is set again later.
 */
static bool open_up(const struct worker *worker, const struct place *place)
{
	struct stat now;

	return place_status(place, &now) == 0 &&
	       place_open_up(place, &now, worker->mirror->uid, S_IWUSR);
}

/* Removes the attribute if there is no value. `changed` is set, never cleared. */
static bool set_one(struct worker *worker, const struct place *to, const char *name,
                    const void *value, size_t length, bool *changed)
{
	for (bool is_open = false;; is_open = true) {
		if ((value ? place_set_attribute(worker, to, name, value, length)
		           : place_remove_attribute(worker, to, name)) == 0)
			return *changed = true;
		if (errno != EACCES || is_open)
			return false;
		if (!open_up(worker, to)) {
			errno = EACCES;
			return false;
		}
		*changed = true;
	}
}

/* Sets the source's attributes; true if anything was changed. */
static bool set(struct worker *worker, const struct job *job, const struct place *from,
                const struct stat *source, const struct place *to, const char *wanted,
                size_t wanted_length)
{
	bool changed = false;
	ssize_t length;

	for (size_t at = 0; at < wanted_length; at += strlen(wanted + at) + 1) {
		if (is_equal(worker, from, to, wanted + at, &length))
			continue;
		if (length < 0) {
			/* It has just been removed: the change time says so later. */
			if (errno != ENODATA && errno != ENOENT)
				job_fail(job, CALL_GETXATTR, AT_SOURCE);
		} else if (!set_one(worker, to, wanted + at, part(worker, VALUE_FROM),
		                    (size_t)length, &changed) &&
		           is_still(job, from, source)) {
			job_fail(job, CALL_SETXATTR, AT_DESTINATION);
		}
	}
	return changed;
}

bool extended_make(struct worker *worker, const struct job *job, const struct place *from,
                   const struct stat *source, const struct place *to, bool is_new)
{
	char *wanted = part(worker, LIST_FROM), *found = part(worker, LIST_TO);
	size_t wanted_length, found_length;
	bool changed;

	if (!(job->run->mirror->terms.options & MIRRORED))
		return false;
	wanted_length = list(worker, job, from, wanted);
	found_length = is_new ? 0 : list(worker, job, to, found);
	changed = set(worker, job, from, source, to, wanted, wanted_length);
	for (size_t at = 0; at < found_length; at += strlen(found + at) + 1) {
		if (!has(wanted, wanted_length, found + at) &&
		    !set_one(worker, to, found + at, NULL, 0, &changed) && errno != ENODATA)
			job_fail(job, CALL_SETXATTR, AT_DESTINATION);
	}
	return changed;
}

/* Owner, group, mode, extended attributes and time of an object and its copy. */
#ifndef CLSYNC_MIRROR_ATTRIBUTES_H
#define CLSYNC_MIRROR_ATTRIBUTES_H

#include "mirror/job.h"
#include "mirror/place.h"

/* Bits of enum mirror_difference: in which attributes, of those that are mirrored, they differ. */
uint32_t attributes_differ(struct worker *worker, const struct job *job, const struct place *from,
                           const struct stat *source, const struct place *to,
                           const struct stat *copy);
/*
 * Whether others than now might read or write the copy once its attributes are those of the source:
 * then its content has to be known to be the source's. Whoever may write to the copy's directory
 * can have put a file of others in its place, of the same size and time.
 */
bool attributes_open(const struct mirror *mirror, const struct stat *source,
                     const struct stat *copy);
/* False: the copy is another user's, so that only a new one can have what the source has. */
bool attributes_settable(const struct mirror *mirror, const struct place *to,
                         const struct stat *copy);
/*
 * Makes the attributes equal, the time last; true if anything was changed. `copy`: the object as it
 * is; NULL: it is new. Failures are reported, and what is left is done nevertheless.
 */
bool attributes_make(struct worker *worker, const struct job *job, const struct place *from,
                     const struct stat *source, const struct place *to, const struct stat *copy);

#endif

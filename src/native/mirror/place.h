/* An object whose attributes are read or set: by its descriptor, or by its name in a directory. */
#ifndef CLSYNC_MIRROR_PLACE_H
#define CLSYNC_MIRROR_PLACE_H

#include "mirror/mirror.h"

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

struct place {
	/* -1: by name; then it may be of any type, and a symbolic link is not followed. */
	int descriptor;
	/* With an empty name it is the object itself, opened by place_hold(). */
	int directory;
	const char *name;
};

/*
 * Holds an object of any type, so that another one under its name is not meant. Returns a
 * descriptor, and what it is; or -1.
 */
int place_hold(struct place *place, struct stat *status);

int place_status(const struct place *place, struct stat *status);
/*
 * Gives the owner of an object the permissions of `wanted` if it is this user's and has not all of
 * them: a mode such as 0500 or 0 keeps its owner out, too. False: nothing was changed. Whoever does
 * this has the mode set again.
 */
bool place_open_up(const struct place *place, const struct stat *status, uid_t user, mode_t wanted);
int place_set_owner(const struct place *place, uid_t uid, gid_t gid);
int place_set_mode(const struct place *place, mode_t mode);
/* Sets only the time of modification. */
int place_set_time(const struct place *place, struct timespec modified);

/* As listxattr(2), getxattr(2), setxattr(2) and removexattr(2). */
ssize_t place_list_attributes(struct worker *worker, const struct place *place, char *list,
                              size_t size);
ssize_t place_get_attribute(struct worker *worker, const struct place *place, const char *name,
                            void *value, size_t size);
int place_set_attribute(struct worker *worker, const struct place *place, const char *name,
                        const void *value, size_t size);
int place_remove_attribute(struct worker *worker, const struct place *place, const char *name);

#endif

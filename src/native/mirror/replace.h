/* Gives an object with a temporary name its own name. */
#ifndef CLSYNC_MIRROR_REPLACE_H
#define CLSYNC_MIRROR_REPLACE_H

#include "mirror/directory.h"

/*
 * Called with the name's lock held. What has the name is kept in the backup if the run says so; a
 * directory exchanges its place with the object, and there is no moment without either. False: it
 * was reported why not, and all is as before.
 */
bool replace_by(struct worker *worker, struct job *job, const char *temporary);
/*
 * The same for an empty directory, in place of an object of another type; locks by itself.
 * DIRECTORY_THERE: there is a directory by now, and all is as before.
 */
enum made_directory replace_by_directory(struct worker *worker, struct job *job,
                                         const char *temporary);
/* Removes what was displaced by it. */
void replace_dispose(struct worker *worker, struct job *job, const char *temporary);

#endif

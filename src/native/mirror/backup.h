/* Keeps what is deleted or replaced: beneath the backup root, in the directory of the run's stamp.
 */
#ifndef CLSYNC_MIRROR_BACKUP_H
#define CLSYNC_MIRROR_BACKUP_H

#include "mirror/job.h"

/*
 * Gives an object of the destination its place in the backup. With `link` it keeps its name, too,
 * if that is possible. False: it was reported why not.
 */
bool backup_keep(const struct job *job, int directory, const char *name, const char *path,
                 bool link);

#endif

/* What a run reports. */
#ifndef CLSYNC_MIRROR_FINDINGS_H
#define CLSYNC_MIRROR_FINDINGS_H

#include "mirror/run.h"

#include <sys/stat.h>

/* MIRROR_FAILED, with errno. */
void find_failure(struct mirror_run *run, uint32_t row, const char *path, enum mirror_call call,
                  int error, enum mirror_where where);
void find_kind(struct mirror_run *run, uint32_t row, const char *path,
               enum mirror_finding_kind kind);
/* MIRROR_DIFFERS; NULL: there is none on this side. */
void find_difference(struct mirror_run *run, uint32_t row, const char *path, uint32_t what,
                     const struct stat *source, const struct stat *destination);
/* The summary and all findings, and what was not done because the run was stopped. */
void findings_answer(struct mirror_run *run, struct bytes *bytes);

#endif

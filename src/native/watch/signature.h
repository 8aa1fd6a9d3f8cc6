#ifndef CLSYNC_SIGNATURE_H
#define CLSYNC_SIGNATURE_H

#include <stdint.h>
#include <sys/stat.h>

/* `fields`: bits, in the order of SIGNATURE_FIELDS in src/shared/settings.ts. */
uint64_t signature_of(const struct stat *status, uint32_t fields);

#endif

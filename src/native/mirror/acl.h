/* Access control lists, as extended attributes hold them: acl(5), <linux/posix_acl_xattr.h>. */
#ifndef CLSYNC_MIRROR_ACL_H
#define CLSYNC_MIRROR_ACL_H

#include <stdbool.h>
#include <sys/types.h>

bool is_acl(const char *name);
/*
 * Takes out the entries for users and groups that the process' user namespace has no number for:
 * they cannot be set. The mask stays, so that nobody gets more than in the source. Returns the
 * length that is left.
 */
ssize_t acl_keep_known(void *value, ssize_t length);

#endif

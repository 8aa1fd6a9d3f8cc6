#include "mirror/acl.h"

#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <string.h>

/* What the kernel says for a user or group without a number here. */
#define NO_NUMBER UINT32_MAX

bool is_acl(const char *name)
{
	return strncmp(name, "system.posix_acl_", 17) == 0;
}

static bool is_known(const struct posix_acl_xattr_entry *entry)
{
	const uint16_t tag = le16toh(entry->e_tag);

	return (tag != ACL_USER && tag != ACL_GROUP) || le32toh(entry->e_id) != NO_NUMBER;
}

ssize_t acl_keep_known(void *value, ssize_t length)
{
	uint8_t *bytes = value;
	size_t kept = sizeof(struct posix_acl_xattr_header);

	for (size_t at = kept; at + sizeof(struct posix_acl_xattr_entry) <= (size_t)length;
	     at += sizeof(struct posix_acl_xattr_entry)) {
		struct posix_acl_xattr_entry entry;

		memcpy(&entry, bytes + at, sizeof(entry));
		if (!is_known(&entry))
			continue;
		memcpy(bytes + kept, &entry, sizeof(entry));
		kept += sizeof(entry);
	}
	return (size_t)length > kept ? (ssize_t)kept : length;
}

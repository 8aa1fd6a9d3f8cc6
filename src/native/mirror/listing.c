#include "mirror/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void add(struct listing *listing, const struct dirent64 *entry)
{
	size_t length = strlen(entry->d_name) + 1;
	uint8_t *row;

	if (listing->count == listing->capacity) {
		listing->capacity = listing->capacity ? listing->capacity * 2 : 256;
		listing->starts = grow_array(listing->starts, listing->capacity,
		                             sizeof(*listing->starts));
	}
	listing->starts[listing->count++] = listing->bytes.length;
	row = bytes_extend(&listing->bytes, length + 1);
	row[0] = entry->d_type;
	memcpy(row + 1, entry->d_name, length);
}

int listing_read(struct listing *listing, int directory, void *buffer, size_t size)
{
	listing->bytes.length = listing->count = listing->slot_count = 0;
	if (lseek(directory, 0, SEEK_SET) < 0)
		return errno;
	for (;;) {
		long got = syscall(SYS_getdents64, directory, buffer, size);

		if (got <= 0)
			return got < 0 ? errno : 0;
		for (long at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)((const char *)buffer + at);

			at += entry->d_reclen;
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
				add(listing, entry);
		}
	}
}

const char *listing_name(const struct listing *listing, size_t number)
{
	return (const char *)listing->bytes.data + listing->starts[number] + 1;
}

unsigned char listing_type(const struct listing *listing, size_t number)
{
	return listing->bytes.data[listing->starts[number]];
}

static uint32_t *slot_of(const struct listing *listing, const struct hash_key *key,
                         const char *name)
{
	size_t at = (size_t)keyed_hash(key, 0, name, strlen(name)) & (listing->slot_count - 1);

	while (listing->slots[at] != 0 &&
	       strcmp(listing_name(listing, listing->slots[at] - 1), name) != 0)
		at = (at + 1) & (listing->slot_count - 1);
	return &listing->slots[at];
}

void listing_index(struct listing *listing, const struct hash_key *key)
{
	listing->slot_count = 16;
	while (listing->slot_count < listing->count * 2)
		listing->slot_count *= 2;
	listing->slots = grow_array(listing->slots, listing->slot_count, sizeof(*listing->slots));
	memset(listing->slots, 0, listing->slot_count * sizeof(*listing->slots));
	for (size_t i = 0; i < listing->count; i++)
		*slot_of(listing, key, listing_name(listing, i)) = (uint32_t)i + 1;
}

ptrdiff_t listing_find(const struct listing *listing, const struct hash_key *key, const char *name)
{
	return listing->count == 0 ? -1 : (ptrdiff_t)*slot_of(listing, key, name) - 1;
}

void listing_free(struct listing *listing)
{
	bytes_free(&listing->bytes);
	free(listing->starts);
	free(listing->slots);
	*listing = (struct listing){ 0 };
}

/*
 * What a mirror's run is told: a u16, rows of that many bytes, and the rest as paths that are
 * skipped. Whatever is accepted has paths that lead nowhere but beneath a root.
 */
#include "mirror/protection.h"
#include "mirror/rows.h"
#include "check.h"

#include <limits.h>
#include <string.h>

/* By another way than the decoder's. */
static void check_path(const char *path)
{
	char copy[PATH_MAX], *rest = copy;

	CHECK(strlen(path) < sizeof(copy));
	strcpy(copy, path);
	for (const char *part; *path && (part = strsep(&rest, "/"));)
		CHECK(*part && strlen(part) <= NAME_MAX && strcmp(part, ".") && strcmp(part, ".."));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct protection protection = { 0 };
	struct rows rows;
	uint16_t length;

	if (size < sizeof(length))
		return 0;
	memcpy(&length, input, sizeof(length));
	input += sizeof(length);
	size -= sizeof(length);
	if (length > size)
		length = (uint16_t)size;
	if (rows_decode(&rows, input, length)) {
		CHECK(rows.count <= length / sizeof(struct mirror_row));
		for (size_t i = 0; i < rows.count; i++) {
			const struct row *row = &rows.list[i];

			CHECK(row->verb >= VERB_NAME && row->verb <= VERB_REMOVE);
			CHECK(strlen(row->path) == row->length);
			check_path(row->path);
			check_path(row->origin);
		}
		rows_free(&rows);
	}
	paths_decode(&protection.skipped, input + length, size - length);
	for (size_t i = 0; i < protection.skipped.count; i++)
		is_protected(&protection, protection.skipped.list[i], true);
	paths_free(&protection.skipped);
	return 0;
}

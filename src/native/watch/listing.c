#include "watch/listing.h"

#include "watch/report.h"

#include <errno.h>
#include <string.h>

struct row {
	uint8_t kind, name_length;
	/* Of an object that is no directory. */
	uint8_t has_other_names, padding;
	uint32_t mode, uid, gid;
	uint64_t inode, size;
	/* Nanoseconds since 1970, modulo 2^64. */
	uint64_t changed, modified;
};
_Static_assert(sizeof(struct row) == 48, "rows.ts reads the name there");

static uint64_t nanoseconds(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

void listing_add(struct watch *watch, enum row_kind kind, const char *name, size_t length,
                 const struct stat *status)
{
	struct row row = { .kind = (uint8_t)kind, .name_length = (uint8_t)length };
	uint8_t *at;

	if (status) {
		row.has_other_names = !S_ISDIR(status->st_mode) && status->st_nlink > 1;
		row.mode = status->st_mode;
		row.uid = status->st_uid;
		row.gid = status->st_gid;
		row.inode = status->st_ino;
		row.size = (uint64_t)status->st_size;
		row.changed = nanoseconds(&status->st_ctim);
		row.modified = nanoseconds(&status->st_mtim);
	}
	at = bytes_extend(&watch->walk.rows, sizeof(row) + length);
	memcpy(at, &row, sizeof(row));
	memcpy(at + sizeof(row), name, length);
}

static void report_signature(struct watch *watch, const char *path, size_t length,
                             const struct stat *status)
{
	if (watch->signature_fields)
		report_object(watch, report(watch, FOUND_SIGNATURE, path, length), status);
}

void listing_add_object(struct watch *watch, const struct place *place, const struct stat *status)
{
	listing_add(watch, S_ISDIR(status->st_mode) ? ROW_DIRECTORY : ROW_FILE, place->name,
	            place->name_length, status);
	report_signature(watch, place->path, place->path_length, status);
}

void listing_add_root(struct watch *watch, const struct stat *status)
{
	listing_add(watch, ROW_DIRECTORY, "", 0, status);
	report_signature(watch, "", 0, status);
}

void listing_add_failed(struct watch *watch, const struct place *place, int error)
{
	if (error != ENOENT)
		listing_add(watch, error == EREMOTE ? ROW_REFUSED : ROW_UNDECIDED, place->name,
		            place->name_length, NULL);
}

void listing_report(struct watch *watch, const char *path, size_t length, uint8_t detail)
{
	struct bytes *rows = &watch->walk.rows;

	report(watch, FOUND_LISTING, path, length)->detail = detail;
	if (rows->length > 0)
		report_origin(watch, (const char *)rows->data, rows->length);
	rows->length = 0;
}

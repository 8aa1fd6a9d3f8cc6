#include "watch/fanotify-records.h"

#include "watch/place.h"

#include <fcntl.h>
#include <string.h>
#include <sys/fanotify.h>

/* Of the headers of Linux 5.17. */
#ifndef FAN_EVENT_INFO_TYPE_OLD_DFID_NAME
#define FAN_EVENT_INFO_TYPE_OLD_DFID_NAME 10
#define FAN_EVENT_INFO_TYPE_NEW_DFID_NAME 12
#endif

/* A record as it is written: this, the handle and, with some kinds, a name with its NUL. */
struct written {
	struct fanotify_event_info_header header;
	/* Of the file system: it is the marked one. */
	uint8_t file_system[8];
	uint32_t handle_bytes;
	int32_t handle_type;
};

/* False when the name could lead out of its directory. */
static bool read_name(const uint8_t *bytes, size_t length, struct record *record)
{
	long named;

	record->name = (const char *)bytes;
	record->is_itself = length >= 2 && memcmp(bytes, ".", 2) == 0;
	named = record->is_itself ? 0 : event_name_length(record->name, length);
	if (named < 0 || (named == 0 && !record->is_itself) || (size_t)named == length)
		return false;
	record->name_length = (size_t)named;
	return true;
}

static struct record *place_of(struct notice *notice, uint8_t kind)
{
	switch (kind) {
	case FAN_EVENT_INFO_TYPE_DFID_NAME:
	case FAN_EVENT_INFO_TYPE_OLD_DFID_NAME:
		return &notice->from;
	case FAN_EVENT_INFO_TYPE_NEW_DFID_NAME:
		return &notice->to;
	case FAN_EVENT_INFO_TYPE_FID:
		return &notice->target;
	default:
		return NULL;
	}
}

static void read_record(const uint8_t *bytes, size_t length, struct notice *notice)
{
	struct record record = { 0 }, *place;
	struct written written;

	if (length < sizeof(written))
		return;
	memcpy(&written, bytes, sizeof(written));
	place = place_of(notice, written.header.info_type);
	if (!place || written.handle_bytes > length - sizeof(written))
		return;
	record.handle = bytes + sizeof(written);
	record.handle_length = written.handle_bytes;
	record.type = written.handle_type;
	if (place == &notice->target ||
	    read_name(record.handle + record.handle_length,
	              length - sizeof(written) - record.handle_length, &record))
		*place = record;
}

bool records_next(const uint8_t **bytes, size_t *length, struct notice *notice)
{
	struct fanotify_event_metadata event;
	struct fanotify_event_info_header header;

	if (*length < sizeof(event))
		return false;
	memcpy(&event, *bytes, sizeof(event));
	if (event.vers != FANOTIFY_METADATA_VERSION || event.metadata_len < sizeof(event) ||
	    event.event_len < event.metadata_len || event.event_len > *length)
		return false;
	*notice = (struct notice){ .mask = (uint32_t)event.mask };
	for (size_t at = event.metadata_len; event.event_len - at >= sizeof(header);
	     at += header.len) {
		memcpy(&header, *bytes + at, sizeof(header));
		if (header.len < sizeof(header) || header.len > event.event_len - at)
			break;
		read_record(*bytes + at, header.len, notice);
	}
	*bytes += event.event_len;
	*length -= event.event_len;
	return true;
}

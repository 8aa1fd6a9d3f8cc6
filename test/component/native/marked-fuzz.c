#include "marked-fuzz.h"

#include "check.h"
#include "random.h"
#include "watch/key-set.h"
#include "watch/queue.h"
#include "watch/source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

void check_keys(uint32_t rounds)
{
	enum { KEYS = 3000 };
	static bool has[KEYS];
	struct key_set keys = { 0 };

	for (uint32_t round = 0; round < rounds; round++) {
		uint32_t at = draw(KEYS);

		if ((has[at] = draw(2)))
			key_set_add(&keys, 1 + (directory_key)at * 1024);
		else
			key_set_remove(&keys, 1 + (directory_key)at * 1024);
	}
	for (uint32_t at = 0; at < KEYS; at++)
		CHECK(key_set_has(&keys, 1 + (directory_key)at * 1024) == has[at]);
	key_set_free(&keys);
}

static void put_record(uint8_t *buffer, size_t *length, const void *handle, uint32_t bytes)
{
	static const uint8_t kinds[] = { 1, 2, 2, 2, 3, 10, 12, 77 };
	static const char *const names[] = { "", "a", ".", "..", "a/b", "#12", "\xff" };
	const char *name = names[draw(7)];
	const struct fanotify_event_info_header header = {
		.info_type = kinds[draw(8)],
		.len = (uint16_t)(draw(30) ? sizeof(header) + 16 + bytes + strlen(name) + draw(4)
		                           : draw(80))
	};
	const int32_t type = 1;
	uint8_t *at = buffer + *length;

	memset(at, 0, sizeof(header) + 16 + bytes + 16);
	memcpy(at, &header, sizeof(header));
	memcpy(at + sizeof(header) + 8, &bytes, sizeof(bytes));
	memcpy(at + sizeof(header) + 12, &type, sizeof(type));
	memcpy(at + sizeof(header) + 16, handle, bytes);
	strcpy((char *)at + sizeof(header) + 16 + bytes, name);
	*length += header.len;
}

/* Events of a marked file system, as the kernel writes them and as it does not. */
static size_t make_marked(uint8_t *buffer, const void *handle, uint32_t bytes)
{
	static const uint32_t masks[] = { 0x100,      0x30e,      0x10000000, 0x50000000,
		                          0x40000004, 0x40000200, 0x4000,     0xffffffff };
	size_t length = 0;

	for (uint32_t events = draw(6); events > 0; events--) {
		struct fanotify_event_metadata event = { .vers = FANOTIFY_METADATA_VERSION,
			                                 .metadata_len = sizeof(event),
			                                 .mask = masks[draw(8)],
			                                 .fd = FAN_NOFD };
		size_t first = length;

		length += sizeof(event);
		for (uint32_t records = draw(4); records > 0; records--)
			put_record(buffer, &length, handle, bytes);
		event.event_len = (uint32_t)(draw(30) ? length - first : draw(200));
		memcpy(buffer + first, &event, sizeof(event));
	}
	return length;
}

/* A descriptor of inotify(7) stands for the mark, as none of its events is read. */
void hear(const char *directory, uint32_t rounds)
{
	int root = open(directory, O_RDONLY | O_DIRECTORY);
	struct {
		struct file_handle head;
		uint8_t bytes[MAX_HANDLE_SZ];
	} handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	uint8_t buffer[4096], *read;
	struct source source;
	struct stat status;
	struct queue queue;
	directory_key key;
	int mount;

	CHECK(root >= 0 && fstat(root, &status) == 0);
	CHECK(name_to_handle_at(root, "", &handle.head, &mount, AT_EMPTY_PATH) == 0);
	const struct granted granted = { inotify_init1(IN_NONBLOCK), -1 };
	CHECK(source_open(&source, &SOURCE_FANOTIFY, granted, root) == 0);
	CHECK((key = source.type->add(&source, root, status.st_dev, INTEREST_ALL)) > 0);
	queue_init(&queue, QUEUE_OF_NAMES, &QUEUE_BOUNDS);
	for (uint32_t round = 0; round < rounds * 20; round++) {
		size_t length = make_marked(buffer, handle.head.f_handle, handle.head.handle_bytes);
		struct bytes taken;

		/* Exactly this size, so that a read past the end is noticed. */
		read = malloc(length ? length : 1);
		memcpy(read, buffer, length);
		source.type->parse(&source, 0, read, length, &queue, 1.0);
		free(read);
		taken = queue_take(&queue);
		for (size_t at = 0; at < taken.length;) {
			const struct event *event = (const void *)(taken.data + at);

			CHECK(event->key == QUEUE_OVERFLOW || event->key == key);
			CHECK(!strchr(event->name, '/') && strcmp(event->name, "..") != 0);
			at += event->size;
		}
		bytes_free(&taken);
		/* An event has said that the directory is gone. */
		source.type->add(&source, root, status.st_dev, INTEREST_ALL);
	}
	source.type->remove(&source, key);
	source_close(&source);
	queue_free(&queue);
	close(root);
}

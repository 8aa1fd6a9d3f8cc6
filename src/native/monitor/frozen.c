#include "monitor/frozen.h"

#include "launch/failure.h"
#include "launch/payload.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define MAGIC 0x314d4c43u /* "CLM1" */
#define HEADER 8
#define LENGTH_MAX (32u << 20)
/* The largest page of any architecture. */
#define PAGE 65536

static union {
	struct frozen value;
	uint8_t pages[(sizeof(struct frozen) + PAGE - 1) / PAGE * PAGE];
} memory __attribute__((aligned(PAGE)));

const struct frozen *const frozen = &memory.value;

static void receive(int fd, uint8_t *into, size_t length)
{
	ssize_t got = recv(fd, into, length, MSG_WAITALL);

	if (got < 0 || (size_t)got != length)
		fail(got < 0 ? errno : EPIPE, "what is frozen");
}

static struct payload receive_body(int fd)
{
	uint8_t header[HEADER];
	struct payload payload = { header, header + sizeof(header) };

	receive(fd, header, sizeof(header));
	if (read_u32(&payload) != MAGIC)
		fail(EBADMSG, "it does not begin with the monitor's mark");
	uint32_t length = read_u32(&payload);
	if (length == 0 || length > LENGTH_MAX)
		fail(EMSGSIZE, "%u bytes", length);
	uint8_t *body = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	                     0);
	if (body == MAP_FAILED)
		fail(errno, "mmap");
	receive(fd, body, length);
	if (mprotect(body, length, PROT_READ) != 0)
		fail(errno, "mprotect");
	return (struct payload){ body, body + length };
}

static void read_places(struct payload *body, struct frozen *into)
{
	into->place_count = read_count(body, 12, PLACES_MAX);
	for (uint32_t i = 0; i < into->place_count; i++) {
		struct frozen_place *place = &into->places[i];

		place->path = read_string(body);
		place->flags = read_u32(body);
		place->owner = read_u32(body);
		if (place->path[0] != '/')
			fail(EINVAL, "%s is not absolute", place->path);
	}
	into->owner_count = read_count(body, 4, OWNERS_MAX);
	for (uint32_t i = 0; i < into->owner_count; i++)
		into->owners[i] = read_u32(body);
}

static void read_group(struct payload *body, struct frozen *into)
{
	into->row_count = read_count(body, 12, GROUP_ROWS_MAX);
	for (uint32_t i = 0; i < into->row_count; i++) {
		struct group_row *row = &into->rows[i];

		row->kind = read_u32(body);
		row->path = read_string(body);
		row->content = read_bytes(body, &row->length);
	}
	into->ended = read_string(body);
	into->freezer = read_u32(body);
	into->group_count = read_count(body, 5, GROUPS_MAX);
	for (uint32_t i = 0; i < into->group_count; i++)
		into->groups[i] = read_string(body);
}

static void read_file(struct payload *body, struct frozen_file *file)
{
	file->kind = read_u32(body);
	file->directory = read_string(body);
	file->name = read_string(body);
	if (strchr(file->name, '/') != NULL || file->name[0] == '\0' ||
	    strcmp(file->name, ".") == 0 || strcmp(file->name, "..") == 0)
		fail(EINVAL, "%s is no name", file->name);
	file->owner = read_u32(body);
	file->uid = read_u32(body);
	file->gid = read_u32(body);
	file->mode = read_u32(body);
	file->device = read_u64(body);
	file->inode = read_u64(body);
	file->text_count = read_count(body, 5, TEXTS_MAX);
	for (uint32_t i = 0; i < file->text_count; i++)
		file->texts[i] = read_string(body);
}

static void read_files(struct payload *body, struct frozen *into)
{
	into->file_count = read_count(body, 40, FILES_MAX);
	for (uint32_t i = 0; i < into->file_count; i++)
		read_file(body, &into->files[i]);
	into->look_count = read_count(body, 5, LOOKS_MAX);
	for (uint32_t i = 0; i < into->look_count; i++)
		into->looks[i] = read_string(body);
}

static void read_members(struct payload *body, struct frozen *into)
{
	into->member_count = read_count(body, 20, MEMBERS_MAX);
	for (uint32_t i = 0; i < into->member_count; i++) {
		struct frozen_member *member = &into->members[i];

		for (int output = 0; output < 2; output++)
			member->outputs[output] = (int)read_u32(body);
		member->granted_count = read_count(body, 4, GRANTED_MAX);
		for (uint32_t granted = 0; granted < member->granted_count; granted++)
			member->granted[granted] = (int)read_u32(body);
		member->place_count = read_count(body, 4, PLACES_MAX);
		for (uint32_t place = 0; place < member->place_count; place++)
			if ((member->places[place] = read_u32(body)) >= into->place_count)
				fail(EBADMSG, "there is no place %u", member->places[place]);
		member->specification = read_bytes(body, &member->length);
	}
	into->pair_count = read_count(body, 8, PAIRS_MAX);
	for (uint32_t i = 0; i < into->pair_count; i++) {
		uint32_t *pair = into->pairs[i];

		pair[0] = read_u32(body);
		pair[1] = read_u32(body);
		/* So no member is in more pairs than there are. */
		if (pair[0] >= pair[1] || pair[1] >= into->member_count)
			fail(EBADMSG, "members %u and %u are no pair", pair[0], pair[1]);
	}
}

void frozen_read(int fd)
{
	struct payload body = receive_body(fd);

	memory.value.launcher = read_string(&body);
	read_places(&body, &memory.value);
	read_group(&body, &memory.value);
	read_files(&body, &memory.value);
	read_members(&body, &memory.value);
	memory.value.clerk_capabilities = read_u64(&body);
	memory.value.clerk_filter = read_bytes(&body, &memory.value.clerk_filter_length);
	read_end(&body);
	if (mprotect(&memory, sizeof(memory), PROT_READ) != 0)
		fail(errno, "mprotect");
}

/*
 * The C part without JavaScript, to be built with the address and undefined-behaviour sanitizers:
 * native-fuzz SEED ROUNDS DIRECTORY Checks the directory table against a plain model, and lets a
 * watch follow a real tree that changes at random while it is also fed events that never happened.
 * Exits with 0 when all held. Malformed events: test/fuzz/native/queue.c.
 */
#include "check.h"
#include "crowd-check.h"
#include "marked-fuzz.h"
#include "random.h"
#include "watch/limbo.h"
#include "watch/look.h"
#include "watch/node.h"
#include "watch/poll.h"
#include "watch/queue.h"
#include "watch/report.h"
#include "watch/search.h"
#include "watch/source.h"
#include "watch/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static const uint32_t MASKS[] = { IN_CREATE,
	                          IN_CREATE | IN_ISDIR,
	                          IN_DELETE,
	                          IN_DELETE | IN_ISDIR,
	                          IN_MOVED_FROM | IN_ISDIR,
	                          IN_MOVED_TO | IN_ISDIR,
	                          IN_MODIFY,
	                          IN_ATTRIB,
	                          IN_CLOSE_WRITE,
	                          IN_DELETE_SELF,
	                          IN_MOVE_SELF,
	                          IN_IGNORED,
	                          IN_Q_OVERFLOW,
	                          IN_UNMOUNT,
	                          0xffffffff };

/* Well-formed events with any content, except that the root is gone. */
static size_t make_events(uint8_t *buffer, size_t room)
{
	static const char *const names[] = { "",   "a",   "b", "c",  ".",
		                             "..", "a/b", "/", "dd", "\xff\xfe" };
	size_t length = 0;

	while (length + sizeof(struct inotify_event) + 16 <= room && draw(40)) {
		struct inotify_event event = {
			.wd = (int32_t)draw(12) - 1,
			.mask = MASKS[draw(sizeof(MASKS) / sizeof(MASKS[0]))],
			.cookie = draw(3),
			.len = 16
		};

		if (event.wd <= 1)
			event.mask &= ~(uint32_t)(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF |
			                          IN_UNMOUNT);
		memcpy(buffer + length, &event, sizeof(event));
		memset(buffer + length + sizeof(event), 0, 16);
		strcpy((char *)buffer + length + sizeof(event), names[draw(10)]);
		length += sizeof(event) + 16;
	}
	return length;
}

/* A sequence that becomes a set has more names than the set's table was made for. */
static void fall_back(uint32_t names)
{
	const struct queue_bounds bounds = { .slots = 4, .sequence = 40 * names, .set = 1u << 30 };
	struct {
		struct inotify_event event;
		char name[16];
	} read = { .event = { .wd = 1, .mask = IN_CREATE, .len = sizeof(read.name) } };
	struct source source = { .type = &SOURCE_INOTIFY, .fds = { -1, -1 } };
	struct queue queue;

	queue_init(&queue, QUEUE_OF_EVENTS, &bounds);
	for (uint32_t i = 0; i < 2 * names; i++) {
		snprintf(read.name, sizeof(read.name), "%u", i);
		source.type->parse(&source, 0, (const uint8_t *)&read, sizeof(read), &queue, 1.0);
	}
	CHECK(queue.fell_back);
	queue_free(&queue);
}

static void tell(struct queue *queue, uint32_t from, uint32_t to)
{
	char name[16];

	for (; from < to; from++) {
		int length = snprintf(name, sizeof(name), "%u", from);
		queue_add(queue, 1, IN_MODIFY, 0, name, (size_t)length, 1.0);
	}
}

/* What is told of many names again and again is told apart from what is new. */
static void repeat(uint32_t names)
{
	struct queue queue;
	struct bytes taken;

	queue_init(&queue, QUEUE_OF_NAMES, &QUEUE_BOUNDS);
	for (int round = 0; round < 3; round++) {
		tell(&queue, 0, names);
		CHECK(queue_repeats(&queue) == (round > 0));
		taken = queue_take(&queue);
		bytes_free(&taken);
	}
	tell(&queue, 0, 10);
	CHECK(!queue_repeats(&queue));
	tell(&queue, 10, names);
	tell(&queue, names, 3 * names);
	CHECK(!queue_repeats(&queue));
	queue_free(&queue);
}

enum { MODEL_NODES = 300, NAMES_MOST = 80 << 10 };

/* Compares the table with an array of parents and names. */
static void check_tree(uint32_t rounds)
{
	static uint32_t ids[MODEL_NODES], parents[MODEL_NODES];
	static char names[MODEL_NODES][16];
	struct tree tree;
	uint32_t count = 1;
	char path[PATH_MAX], expected[PATH_MAX], copy[PATH_MAX];

	tree_init(&tree, 1, 1);
	ids[0] = NODE_ROOT;
	for (uint32_t round = 0; round < rounds; round++) {
		uint32_t at = draw(count), above = draw(count);

		if (count < MODEL_NODES && draw(3)) {
			snprintf(names[count], sizeof(names[count]), "directory-%u", count);
			ids[count] = tree_add(&tree, ids[above], names[count], strlen(names[count]),
			                      1, count);
			tree_set_key(&tree, ids[count], (directory_key)count * 7);
			parents[count++] = above;
		} else if (at != 0 && !tree_is_within(&tree, ids[above], ids[at])) {
			tree_move(&tree, ids[at], ids[above], names[at], strlen(names[at]));
			parents[at] = above;
		}
		at = draw(count);
		expected[0] = '\0';
		for (uint32_t up = at; up != 0; up = parents[up]) {
			strcpy(copy, expected);
			snprintf(expected, sizeof(expected), "%s%s%.4000s", names[up],
			         copy[0] ? "/" : "", copy);
		}
		CHECK(tree_path(&tree, ids[at], path, sizeof(path)) == (long)strlen(expected) &&
		      strcmp(path, expected) == 0);
		CHECK(at == 0 ||
		      tree_child(&tree, ids[parents[at]], names[at], strlen(names[at])) == ids[at]);
		CHECK(at == 0 || tree_by_key(&tree, (directory_key)at * 7) == ids[at]);
	}
	/* Names given up take a bounded part. */
	CHECK(tree.names.length < NAMES_MOST);
	tree_free(&tree);
}

static void random_path(char *path, size_t size)
{
	size_t length = 0;

	for (uint32_t depth = 1 + draw(4); depth > 0; depth--)
		length += (size_t)snprintf(path + length, size - length, "%s%c", length ? "/" : "",
		                           "abcde"[draw(5)]);
}

/*
 * Makes one random change of the tree at `root`, which may fail. Later changes go through the
 * symbolic links it makes: their target is a directory in which nobody can make or remove a name.
 */
static void change(int root)
{
	char path[64], other[64];
	int fd;

	random_path(path, sizeof(path));
	random_path(other, sizeof(other));
	switch (draw(8)) {
	case 0:
	case 1:
	case 2:
		mkdirat(root, path, 0755);
		break;
	case 3:
	case 4:
		renameat(root, path, root, other);
		break;
	case 5:
		unlinkat(root, path, draw(2) ? AT_REMOVEDIR : 0);
		break;
	case 6:
		if (linkat(root, path, root, other, 0) != 0)
			symlinkat("/proc/self/fdinfo", root, path);
		break;
	default:
		fd = openat(root, path, O_CREAT | O_WRONLY | O_NOFOLLOW, 0644);
		if (fd >= 0)
			close(fd);
	}
}

/* Now and then, a directory is made in one that is about to be watched. */
static directory_key add_late(struct source *source, int directory, uint64_t device,
                              enum source_interest interest)
{
	if (interest == INTEREST_ALL && !draw(8))
		mkdirat(directory, "e", 0755);
	return SOURCE_INOTIFY.add(source, directory, device, interest);
}

static void check_findings(struct watch *watch)
{
	for (size_t offset = 0; offset < watch->findings.length;) {
		const struct finding *finding =
		        (const struct finding *)(const void *)(watch->findings.data + offset);

		CHECK(finding->kind >= FOUND_OBJECT && finding->kind <= FOUND_CROWD);
		CHECK(finding->size >=
		              sizeof(*finding) + finding->path_length + finding->origin_length &&
		      offset + finding->size <= watch->findings.length);
		offset += finding->size;
	}
	watch->findings.length = 0;
}

static void walk(struct watch *watch, uint32_t node, uint32_t options)
{
	walk_begin(watch, node, options, 0);
	while (walk_step(watch, 1 + draw(50)))
		check_findings(watch);
	check_findings(watch);
}

static void walk_all(struct watch *watch, uint32_t node)
{
	walk(watch, node, draw(2) ? WALK_OBJECTS : 0);
}

/* Compares any directory, which may have left the tree, and walks it as if it had changed. */
static void poll_one(struct watch *watch)
{
	uint32_t node = draw(watch->tree.count);

	poll_begin(watch, node, draw(2));
	if (draw(4))
		while (poll_step(watch, 1 + draw(50)))
			check_findings(watch);
	check_findings(watch);
	if (!tree_node(&watch->tree, node))
		return;
	walk(watch, node, WALK_FLAT | (draw(2) ? WALK_OBJECTS : 0));
	poll_closed(watch, node, draw(2) ? "a" : "b", 1.0);
	check_findings(watch);
}

/* After a whole walk of a tree at rest, every directory of the table is where the table has it. */
static void check_table(struct watch *watch)
{
	for (uint32_t id = 0; id < watch->tree.count; id++)
		if (tree_node(&watch->tree, id))
			CHECK(watch_revisit(watch, id) == REVISIT_THERE);
}

/*
 * The table has every directory beneath this one, unless the rules refuse it. Owns the descriptor.
 */
static void check_coverage(struct watch *watch, int fd, uint32_t node)
{
	DIR *listing = fdopendir(fd);

	CHECK(listing);
	for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
		uint32_t child;

		if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		child = tree_child(&watch->tree, node, entry->d_name, strlen(entry->d_name));
		if (child == NODE_NONE && watch->rules.count && strcmp(entry->d_name, "d") == 0)
			continue;
		CHECK(child != NODE_NONE);
		check_coverage(watch, openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY), child);
	}
	closedir(listing);
}

/* Bounds of names so low that a few events reach them. */
static const struct queue_bounds FEW = {
	.slots = 4, .set = 1u << 20, .names = 3, .few = 1, .waiting = 6
};

static void follow(const char *directory, uint32_t rounds, bool rules)
{
	int root = open(directory, O_RDONLY | O_DIRECTORY);
	uint8_t buffer[1 << 16];
	static struct watch watch;
	struct source_type type = SOURCE_INOTIFY;
	struct source *source = &watch.source, opened;
	struct queue queue;
	regex_t failed;

	type.add = add_late;
	CHECK(root >= 0 && source_open(&opened, &type, (struct granted){ -1, -1 }, root) == 0);
	CHECK(watch_init(&watch, dup(root), &opened,
	                 WATCH_STAT | WATCH_LINKS | WATCH_REFUSED | WATCH_GONE, 0x1fff));
	CHECK(!rules || rules_add(&watch.rules, "c/d$", ACTIONS_OF_DIRECTORY | ACTION_FILE, false,
	                          &failed) == 0);
	/* That of the watch directory alone. */
	mounts_allow(&watch.mounts, &watch.mounts.own, 1);
	mounts_counting(&watch.mounts, &watch.root_dev, 1);
	CHECK(watch_root(&watch));
	queue_init(&queue, draw(2) ? QUEUE_OF_CROWDS : QUEUE_OF_NAMES, &FEW);
	walk_all(&watch, NODE_ROOT);
	for (uint32_t round = 0; round < rounds; round++) {
		for (uint32_t changes = draw(30); changes > 0; changes--)
			change(root);
		ssize_t got = read(source->fds[0], buffer, sizeof(buffer));
		if (got > 0)
			source->type->parse(source, 0, buffer, (size_t)got, &queue, 1.0);
		if (!draw(4))
			source->type->parse(source, 0, buffer, make_events(buffer, 1024), &queue,
			                    1.0);
		bytes_free(&watch.events);
		watch.events = queue_take(&queue);
		while (watch_events(&watch, 1 + draw(20)))
			check_findings(&watch);
		check_findings(&watch);
		if (!draw(5))
			watch_sweep(&watch);
		if (!draw(5))
			poll_one(&watch);
		if (!draw(10)) {
			walk_all(&watch, NODE_ROOT);
			watch_sweep(&watch);
			check_table(&watch);
			check_coverage(&watch, openat(root, ".", O_RDONLY | O_DIRECTORY),
			               NODE_ROOT);
		}
		if (!draw(10)) {
			const uint64_t inodes[] = { 1, 2, draw(1u << 30) };

			search_begin(&watch, inodes, 3, draw(2));
			while (search_step(&watch, 1 + draw(100)))
				check_findings(&watch);
		}
		check_findings(&watch);
	}
	watch_free(&watch);
	queue_free(&queue);
	close(root);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	const uint64_t seed = strtoull(argv[1], NULL, 10);
	draw_seed(seed);
	uint32_t rounds = (uint32_t)strtoul(argv[2], NULL, 10);

	fall_back(1000);
	repeat(1000);
	check_crowds();
	check_tree(rounds * 40);
	check_keys(rounds * 20);
	hear(argv[3], rounds);
	/* Where rules refuse something, directories without directories are listed, too. */
	follow(argv[3], rounds, seed & 1);
	return 0;
}

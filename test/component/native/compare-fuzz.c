/*
 * The comparison and the rules without JavaScript, to be built with the address and
 * undefined-behaviour sanitizers: compare-fuzz SEED ROUNDS DIRECTORY. Compares random trees, and
 * what is found with plain models. Exits with 0 when all held.
 */
#include "compare/comparison.h"
#include "watch/rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t state;

static uint32_t draw(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 11) % limit;
}

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static void random_path(char *path, size_t size)
{
	size_t length = 0;

	for (uint32_t depth = 1 + draw(3); depth > 0; depth--)
		length += (size_t)snprintf(path + length, size - length, "%s%c", length ? "/" : "",
		                           "abcd"[draw(4)]);
}

/*
 * The target of symbolic links: a directory in which nobody can make or remove a name, because
 * later changes go through the links.
 */
#define ELSEWHERE "/proc/self/fdinfo"

/* Makes one random change beneath `root`, which may fail. */
static void change(int root)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		                           { .tv_sec = 1000000000 + draw(2) } };
	char path[64], other[64];
	int fd;

	random_path(path, sizeof(path));
	random_path(other, sizeof(other));
	switch (draw(10)) {
	case 0:
	case 1:
		mkdirat(root, path, 0755);
		break;
	case 2:
		symlinkat(draw(2) ? ELSEWHERE : "a", root, path);
		break;
	case 3:
		renameat(root, path, root, other);
		break;
	case 4:
		unlinkat(root, path, draw(2) ? AT_REMOVEDIR : 0);
		break;
	case 5:
	case 6:
		unlinkat(root, other, 0);
		linkat(root, path, root, other, 0);
		break;
	case 7:
		utimensat(root, path, times, AT_SYMLINK_NOFOLLOW);
		break;
	default:
		fd = openat(root, path, O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0644);
		if (fd < 0)
			return;
		CHECK(ftruncate(fd, (off_t[]){ 0, 1, 1 << 20 }[draw(3)]) == 0);
		close(fd);
	}
}

/* A sorted set of findings. */
enum { MOST = 1024 };
struct found {
	struct {
		int kind;
		bool directory;
		char path[64];
	} rows[MOST];
	size_t count;
};

static void add(struct found *found, int kind, bool directory, const char *path, size_t length)
{
	CHECK(found->count < MOST && length < sizeof(found->rows[0].path));
	memset(&found->rows[found->count], 0, sizeof(found->rows[0]));
	found->rows[found->count].kind = kind;
	found->rows[found->count].directory = directory;
	memcpy(found->rows[found->count++].path, path, length);
}

static int in_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct found *)NULL)->rows[0]));
}

static void take_findings(struct comparison *comparison, struct found *found)
{
	for (size_t at = 0; at < comparison->findings.length;) {
		const struct difference *difference =
		        (const struct difference *)(const void *)(comparison->findings.data + at);

		CHECK(difference->kind >= DIFFERENCE_DOUBTFUL &&
		      difference->kind <= DIFFERENCE_SHARED);
		CHECK(difference->size >= sizeof(*difference) + difference->path_length &&
		      at + difference->size <= comparison->findings.length);
		add(found, difference->kind, difference->directory, (const char *)(difference + 1),
		    difference->path_length);
		at += difference->size;
	}
	comparison->findings.length = 0;
}

struct question {
	struct compare_terms terms;
	uint8_t skipped[256];
	size_t length;
	uint32_t extent;
};

/* Compares both trees, `budget` entries in each turn. Changes the trees meanwhile if asked to. */
static void compare(const int roots[2], const struct question *question, uint32_t budget,
                    bool changing, struct found *found)
{
	static struct comparison comparison;
	int lowest = dup(roots[0]);

	close(lowest);
	found->count = 0;
	compare_init(&comparison, dup(roots[0]), roots[1] < 0 ? -1 : dup(roots[1]),
	             &question->terms, question->skipped, question->length);
	compare_add(&comparison, "", 0, question->extent);
	for (bool more = true; more;) {
		more = compare_step(&comparison, budget);
		take_findings(&comparison, found);
		for (uint32_t changes = changing ? draw(3) : 0; changes > 0; changes--)
			change(roots[draw(2)]);
		if (changing && !draw(40))
			break;
	}
	compare_free(&comparison);
	qsort(found->rows, found->count, sizeof(found->rows[0]), in_order);
	int after = dup(roots[0]);
	CHECK(after == lowest);
	close(after);
}

/* Opens a directory component by component, without following links; -1 when there is none. */
static int open_plainly(int root, const char *path)
{
	int at = openat(root, ".", O_RDONLY | O_DIRECTORY);

	while (at >= 0 && *path) {
		char name[64];
		size_t length = strcspn(path, "/");

		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
		close(at);
		at = next;
		path += length + (path[length] == '/');
	}
	return at;
}

static bool is_skipped(const struct question *question, const char *path)
{
	const char *at = (const char *)question->skipped;

	while (at < (const char *)question->skipped + question->length) {
		if (strcmp(at, path) == 0)
			return true;
		at += strlen(at) + 1;
	}
	return false;
}

/* The model: finds the names beneath a directory that only the copy has. */
static void model(const int roots[2], const struct question *question, const char *path,
                  struct found *found)
{
	int here = open_plainly(roots[0], path), there = open_plainly(roots[1], path);
	DIR *listing = there >= 0 ? fdopendir(there) : NULL;

	for (const struct dirent *entry; listing && (entry = readdir(listing)) != NULL;) {
		struct stat source, copy;
		char whole[64];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(whole, sizeof(whole), "%s%s%.8s", path, *path ? "/" : "", entry->d_name);
		CHECK(fstatat(there, entry->d_name, &copy, AT_SYMLINK_NOFOLLOW) == 0);
		bool present = here >= 0 &&
		               fstatat(here, entry->d_name, &source, AT_SYMLINK_NOFOLLOW) == 0;
		if (is_skipped(question, whole))
			continue;
		if (!present)
			add(found, DIFFERENCE_EXTRA, S_ISDIR(copy.st_mode), whole, strlen(whole));
		if (S_ISDIR(copy.st_mode))
			model(roots, question, whole, found);
	}
	if (listing)
		closedir(listing);
	if (here >= 0)
		close(here);
}

static void draw_skipped(struct question *question)
{
	char path[64];

	question->length = 0;
	if (draw(2))
		return;
	random_path(path, sizeof(path));
	question->length = strlen(path) + 1;
	memcpy(question->skipped, path, question->length);
}

static bool are_same(const struct found *one, const struct found *other)
{
	return one->count == other->count &&
	       memcmp(one->rows, other->rows, one->count * sizeof(one->rows[0])) == 0;
}

static void compare_trees(const int roots[2], uint32_t rounds)
{
	static struct found found, expected;
	struct question question = { .terms = { .window = -1,
		                                .margin = 0.01,
		                                .sparse_least = 1 << 16,
		                                .sparse_share = 2 } };

	for (uint32_t round = 0; round < rounds; round++) {
		for (uint32_t changes = draw(60); changes > 0; changes--)
			change(roots[draw(2)]);
		draw_skipped(&question);
		question.extent = 0;
		question.terms.options = COMPARE_EXTRA;
		compare(roots, &question, 1 + draw(8), false, &found);
		expected.count = 0;
		model(roots, &question, "", &expected);
		qsort(expected.rows, expected.count, sizeof(expected.rows[0]), in_order);
		CHECK(are_same(&found, &expected));

		/* The result does not depend on the length of the turns. */
		question.terms.options = draw(256);
		question.terms.window = (int32_t)draw(3) - 1;
		question.terms.since = draw(2) ? 0 : 4e9;
		question.extent = draw(4);
		const int seen[2] = { roots[0], draw(4) ? roots[1] : -1 };
		compare(seen, &question, 1, false, &found);
		compare(seen, &question, 1u << 20, false, &expected);
		CHECK(are_same(&found, &expected));

		compare(roots, &question, 1 + draw(4), true, &found);
	}
}

/*
 * Names of one object in the copy that are two objects in the source: one name of each two is
 * found.
 */
static void check_ties(const int roots[2])
{
	static struct found found;
	const struct question question = { .terms = { .options = COMPARE_SPARSE | COMPARE_TIED } };

	for (int i = 0; i < 2; i++) {
		CHECK(mknodat(roots[i], "a", S_IFREG | 0644, 0) == 0);
		CHECK(symlinkat(ELSEWHERE, roots[i], "b") == 0);
	}
	CHECK(mknodat(roots[0], "c", S_IFREG | 0644, 0) == 0);
	CHECK(linkat(roots[1], "a", roots[1], "c", 0) == 0);
	CHECK(symlinkat(ELSEWHERE, roots[0], "d") == 0);
	CHECK(linkat(roots[1], "b", roots[1], "d", 0) == 0);
	/* Only files with a second name in the source are checked. */
	CHECK(linkat(roots[0], "a", roots[0], "e", 0) == 0);
	CHECK(linkat(roots[0], "c", roots[0], "f", 0) == 0);
	compare(roots, &question, 1, false, &found);
	CHECK(found.count == 2 && found.rows[0].kind == DIFFERENCE_TIED_FILE &&
	      found.rows[1].kind == DIFFERENCE_TIED_OTHER);
}

/* Times that any user may set. */
static void check_times(void)
{
	const time_t seconds[] = { LONG_MIN, -1, 0, 1, 1000000000, LONG_MAX };
	const size_t count = sizeof(seconds) / sizeof(seconds[0]);
	const struct timespec now = { .tv_sec = 1800000000 };
	struct compare_terms terms = { .margin = 1 };

	for (size_t i = 0; i < count * count; i++) {
		struct stat one = { .st_mode = S_IFREG }, other = { .st_mode = S_IFREG };

		one.st_mtim.tv_sec = one.st_ctim.tv_sec = seconds[i / count];
		other.st_mtim.tv_sec = other.st_ctim.tv_sec = seconds[i % count];
		for (terms.window = -1; terms.window <= 1; terms.window++)
			CHECK(looks_equal(&terms, &one, &other) ==
			      (i / count == i % count ||
			       (terms.window == 1 && i / count >= 1 && i / count <= 3 &&
			        i % count >= 1 && i % count <= 3 &&
			        (i / count == 2 || i % count == 2))));
		is_later(&terms, now, &one, &other);
	}
}

static const char *const PATTERNS[] = { "^a", "b$", "^(a|c)/d", "[ab]{2}", ".*", "x", "(", "[a" };
enum { VALID = 6, PATTERN_COUNT = 8 };

/* Compares the rules for several actions at once with one question for each action. */
static void check_rules(uint32_t rounds)
{
	for (uint32_t round = 0; round < rounds; round++) {
		struct rules rules = { 0 };
		regex_t failed;
		char path[64];

		for (uint32_t count = draw(6); count > 0; count--) {
			uint32_t pattern = draw(PATTERN_COUNT);
			int error = rules_add(&rules, PATTERNS[pattern], (uint8_t)draw(16), draw(2),
			                      &failed);

			CHECK((error == 0) == (pattern < VALID));
		}
		random_path(path, sizeof(path));
		uint8_t asked = (uint8_t)draw(16), expected = 0;
		for (uint8_t action = 1; action < 16; action = (uint8_t)(action << 1)) {
			size_t i = 0;

			while (i < rules.count &&
			       (!(rules.list[i].actions & action) ||
			        regexec(&rules.list[i].pattern, path, 0, NULL, 0) != 0))
				i++;
			if (asked & action && (i == rules.count || rules.list[i].allow))
				expected |= action;
		}
		CHECK(rules_allowed(&rules, asked, path) == expected);
		rules_free(&rules);
	}
}

int main(int argc, char **argv)
{
	int directory, roots[2];

	if (argc != 4 || (directory = open(argv[3], O_RDONLY | O_DIRECTORY)) < 0)
		return 2;
	state = strtoull(argv[1], NULL, 10) * 2654435761u + 88172645463325252u;
	uint32_t rounds = (uint32_t)strtoul(argv[2], NULL, 10);

	check_times();
	check_rules(rounds * 10);
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "copy" : "source";

		CHECK(mkdirat(directory, name, 0755) == 0);
		roots[i] = openat(directory, name, O_RDONLY | O_DIRECTORY);
	}
	check_ties(roots);
	compare_trees(roots, rounds);
	return 0;
}

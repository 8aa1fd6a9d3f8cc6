/*
 * The comparison and the rules without JavaScript, to be built with the address and
 * undefined-behaviour sanitizers: compare-fuzz SEED ROUNDS DIRECTORY. Compares random trees, and
 * what is found with plain models. Exits with 0 when all held.
 */
#include "compare-fuzz.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

int main(int argc, char **argv)
{
	int directory, roots[2];

	if (argc != 4 || (directory = open(argv[3], O_RDONLY | O_DIRECTORY)) < 0)
		return 2;
	draw_seed(strtoull(argv[1], NULL, 10));
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

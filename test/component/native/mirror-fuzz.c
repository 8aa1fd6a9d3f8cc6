/*
 * A mirror without JavaScript, to be built with sanitizers: mirror-fuzz SEED ROUNDS DIRECTORY.
 * Changes a source and its destination at random, lets the mirror do all names or the whole tree,
 * partly while the source goes on changing, and compares. Exits with 0 when all were equal.
 */
#include "mirror-fuzz.h"

#include "mirror/findings.h"
#include "mirror/mirror.h"
#include "mirror/phases.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ended;

static int source, destination;
static struct mirror *mirror;
static struct bytes rows;

static void on_ended(struct mirror_run *run)
{
	(void)run;
	pthread_mutex_lock(&lock);
	ended++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

static void add_row(uint8_t verb, uint8_t flags, const char *path, const char *origin)
{
	struct mirror_row row = { .verb = verb,
		                  .flags = flags,
		                  .path_length = (uint32_t)strlen(path),
		                  .origin_length = (uint32_t)strlen(origin) };
	uint8_t *to;

	row.size = (uint32_t)(sizeof(row) + row.path_length + row.origin_length + 7) & ~7u;
	to = bytes_extend(&rows, row.size);
	memset(to, 0, row.size);
	memcpy(to, &row, sizeof(row));
	memcpy(to + sizeof(row), path, row.path_length);
	memcpy(to + sizeof(row) + row.path_length, origin, row.origin_length);
}

static struct mirror_run *begin(uint32_t options, const char *skipped)
{
	struct mirror_run *run = run_new(mirror);

	CHECK(rows_decode(&run->rows, rows.data, rows.length));
	paths_decode(&run->protection.skipped, (const uint8_t *)skipped, strlen(skipped));
	paths_decode(&run->protection.contents, (const uint8_t *)"", 0);
	run->is_short = true;
	for (size_t i = 0; i < run->rows.count; i++)
		run->is_short &= run->rows.list[i].verb != VERB_TREE;
	run->options = options;
	run->stamp = strdup("stamp");
	run->ended = on_ended;
	rows.length = 0;
	phases_start(run);
	return run;
}

/* The answer, which the caller frees. */
static struct bytes end(struct mirror_run *run)
{
	struct bytes bytes = { 0 };

	pthread_mutex_lock(&lock);
	while (ended == 0)
		pthread_cond_wait(&changed, &lock);
	ended--;
	pthread_mutex_unlock(&lock);
	findings_answer(run, &bytes);
	run_free(run);
	return bytes;
}

/* Ends the program if anything was found. */
static void expect_nothing(struct bytes bytes)
{
	for (size_t at = sizeof(struct mirror_summary); at < bytes.length;) {
		struct mirror_finding finding;

		memcpy(&finding, bytes.data + at, sizeof(finding));
		fprintf(stderr, "kind %d, call %d, error %d, what %u: %.*s\n", finding.kind,
		        finding.call, finding.error, finding.what, (int)finding.path_length,
		        bytes.data + at + finding.size - ((finding.path_length + 7) & ~7u));
		at += finding.size;
	}
	CHECK(bytes.length == sizeof(struct mirror_summary));
	bytes_free(&bytes);
}

/* Rows for every name of both trees. */
static void add_all(int root, const char *path)
{
	int fd = openat(root, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *directory = fdopendir(fd);
	char below[PATH_MAX];

	CHECK(directory);
	for (const struct dirent *entry; (entry = readdir(directory));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "/" : "", entry->d_name);
		/* Directories above it may have been moved. */
		add_row(VERB_NAME, ROW_SUSPECT, below, "");
		if (entry->d_type == DT_DIR)
			add_all(root, below);
	}
	closedir(directory);
}

/* What moves is compared with everything in it. */
static void add_move(const char *path, const char *origin)
{
	add_row(VERB_MOVE, draw(2) ? ROW_EXCHANGE : 0, path, origin);
	add_row(VERB_TREE, ROW_SUSPECT, path, "");
	add_row(VERB_TREE, ROW_SUSPECT, origin, "");
}

static void add_moves(void)
{
	char path[64], origin[64];

	for (uint32_t moves = draw(4); moves > 0; moves--) {
		pick_path(path, sizeof(path));
		pick_path(origin, sizeof(origin));
		/* A directory is never moved into itself. */
		if (strncmp(path, origin, strlen(origin)) != 0 &&
		    strncmp(origin, path, strlen(path)) != 0)
			add_move(path, origin);
	}
}

static void run_names(uint32_t options)
{
	add_moves();
	add_row(VERB_NAME, 0, "", "");
	add_all(source, "");
	add_all(destination, "");
	expect_nothing(end(begin(options, "")));
}

static void run_tree(uint32_t options)
{
	add_row(VERB_TREE, 0, "", "");
	expect_nothing(end(begin(options, "")));
}

/* Whatever such a run finds: the source changes meanwhile, or it is stopped. */
static void run_disturbed(void)
{
	struct mirror_run *one, *other = NULL;
	struct bytes bytes;

	add_row(VERB_TREE, 0, "", "");
	one = begin(0, "");
	if (draw(2)) {
		add_moves();
		add_all(source, "");
		other = begin(draw(2) ? RUN_BACKUP : 0, "");
	}
	for (uint32_t changes = draw(200); changes > 0; changes--)
		mirror_change(source, false);
	if (draw(3) == 0)
		atomic_store(&one->stopped, true);
	pthread_mutex_lock(&lock);
	while (ended < (other ? 2 : 1))
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	bytes = end(one);
	bytes_free(&bytes);
	if (other) {
		bytes = end(other);
		bytes_free(&bytes);
	}
}

/* What is skipped stays as it is. */
static void run_skipped(void)
{
	struct stat before, after;
	bool was = fstatat(destination, "a/b", &before, AT_SYMLINK_NOFOLLOW) == 0, is;
	struct bytes bytes;

	add_row(VERB_TREE, 0, "", "");
	bytes = end(begin(draw(2) ? RUN_BACKUP : 0, "a/b"));
	bytes_free(&bytes);
	is = fstatat(destination, "a/b", &after, AT_SYMLINK_NOFOLLOW) == 0;
	CHECK(is == was &&
	      (!is || (before.st_ino == after.st_ino && before.st_mode == after.st_mode)));
}

static void run_round(void)
{
	bool plain = draw(3) > 0;

	for (uint32_t changes = draw(60); changes > 0; changes--)
		mirror_change(source, false);
	for (uint32_t changes = draw(3) * draw(10); changes > 0; changes--)
		mirror_change(destination, plain);
	switch (draw(4)) {
	case 0:
		run_disturbed();
		/* Moved copies may have equal sizes and times. */
		run_tree(RUN_CHECKSUM);
		break;
	case 1:
		run_names((plain ? 0 : RUN_CHECKSUM) | (draw(2) ? RUN_BACKUP : 0));
		break;
	case 2:
		run_skipped();
		run_tree(RUN_CHECKSUM | (draw(2) ? RUN_FSYNC : 0));
		break;
	default:
		run_tree(plain ? 0 : RUN_CHECKSUM);
	}
	expect_equal(source, destination);
	run_tree(RUN_COMPARE | (draw(2) ? RUN_CHECKSUM : 0));
}

/* The thread sanitizer starts one of its own. */
#ifdef __SANITIZE_THREAD__
enum { OTHER_THREADS = 1 };
#else
enum { OTHER_THREADS = 0 };
#endif

static int count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int threads = 0;

	CHECK(tasks);
	while (readdir(tasks))
		threads++;
	closedir(tasks);
	return threads;
}

int main(int count, char **words)
{
	const bool root = geteuid() == 0;
	struct mirror_terms terms = {
		.options = MIRROR_OWNER | MIRROR_GROUP | MIRROR_MODE | MIRROR_TIMES | MIRROR_ACLS |
		           MIRROR_USER_ATTRIBUTES | MIRROR_LINKS | MIRROR_CAPABILITIES |
		           MIRROR_SET_ID | (root ? MIRROR_ANY_OWNER | MIRROR_DEVICES : 0),
		.window = -1,
		.margin = 0.01,
		.sparse_least = 1 << 20,
		.sparse_share = 2,
		.threads = 2,
		.delta_least = 100000,
	};
	const int threads = count_threads();
	int backup;

	CHECK(count == 4 && chdir(words[3]) == 0);
	draw_seed(strtoull(words[1], NULL, 10));
	umask(0);
	for (int i = 0; i < 3; i++)
		CHECK(mkdir((const char *[]){ "source", "destination", "backup" }[i], 0755) == 0);
	source = open("source", O_RDONLY | O_DIRECTORY);
	destination = open("destination", O_RDONLY | O_DIRECTORY);
	backup = open("backup", O_RDONLY | O_DIRECTORY);
	mirror = mirror_open(dup(source), dup(destination), backup, &terms);
	CHECK(mirror);
	for (long rounds = strtol(words[2], NULL, 10); rounds > 0; rounds--)
		run_round();
	mirror_close(mirror);
	while (count_threads() > threads + OTHER_THREADS)
		usleep(1000);
	bytes_free(&rows);
	close(source);
	close(destination);
	return 0;
}

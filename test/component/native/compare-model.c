/* What a comparison must find, as plainly as it can be said. */
#include "compare-fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void add(struct found *found, int kind, bool directory, const char *path, size_t length)
{
	CHECK(found->count < MOST && length < sizeof(found->rows[0].path));
	memset(&found->rows[found->count], 0, sizeof(found->rows[0]));
	found->rows[found->count].kind = kind;
	found->rows[found->count].directory = directory;
	memcpy(found->rows[found->count++].path, path, length);
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

void model(const int roots[2], const struct question *question, const char *path,
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

#include "mirror/companions.h"

#include "mirror/beneath.h"
#include "mirror/findings.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool read_source(const struct mirror_run *run, const char *path, struct stat *status)
{
	const size_t length = length_above(path, strlen(path));
	char above[PATH_MAX];
	int directory;
	bool is_there;

	snprintf(above, sizeof(above), "%.*s", (int)length, path);
	directory = open_beneath_root(run->mirror->source, above);
	if (directory < 0)
		return false;
	is_there = fstatat(directory, path + (length > 0 ? length + 1 : 0), status,
	                   AT_SYMLINK_NOFOLLOW) == 0;
	close(directory);
	return is_there;
}

static void find_companion(struct mirror_run *run, const char *path, uint32_t row)
{
	struct stat source;
	const struct mirror_tie *tie;

	if (!read_source(run, path, &source) || S_ISDIR(source.st_mode) || source.st_nlink == 1)
		return;
	tie = tie_find(&run->ties, &run->mirror->key, &source);
	if (tie && tie->path && strcmp(tie->path, path) != 0)
		find_kind(run, row, tie->path, MIRROR_CHANGED);
}

void companions_find(struct mirror_run *run)
{
	const size_t end = run->findings.length;
	struct mirror_finding finding;
	char path[PATH_MAX];

	/* Nothing follows a comparison, which would only name what has not changed. */
	if (run->options & RUN_COMPARE)
		return;
	for (size_t at = 0; at < end; at += finding.size) {
		/* Findings move when one is added. */
		memcpy(&finding, run->findings.data + at, sizeof(finding));
		if (finding.kind != MIRROR_CHANGED || finding.path_length >= sizeof(path))
			continue;
		memcpy(path, run->findings.data + at + sizeof(finding), finding.path_length);
		path[finding.path_length] = '\0';
		find_companion(run, path, finding.row);
	}
}

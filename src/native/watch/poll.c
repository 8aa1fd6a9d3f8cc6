#include "watch/poll.h"

#include "watch/look.h"
#include "watch/milliseconds.h"
#include "watch/node.h"
#include "watch/report.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Adds an object to the digest. The sum is the same in whatever order a directory is listed, and as
 * each summand has a random key, nobody can choose files whose changes cancel out. A directory's
 * times are left out: they change with what is in it.
 */
static void add(struct watch *watch, const char *name, const struct stat *status)
{
	const bool directory = S_ISDIR(status->st_mode) && *name;
	const uint64_t fields[] = {
		status->st_dev,
		status->st_ino,
		status->st_mode,
		(uint64_t)status->st_uid << 32 | status->st_gid,
		status->st_rdev,
		directory ? 0 : (uint64_t)status->st_size,
		directory ? 0 : (uint64_t)status->st_nlink,
		directory ? 0 : (uint64_t)status->st_mtim.tv_sec,
		directory ? 0 : (uint64_t)status->st_mtim.tv_nsec,
		directory ? 0 : (uint64_t)status->st_ctim.tv_sec,
		directory ? 0 : (uint64_t)status->st_ctim.tv_nsec,
	};
	const struct hash_key *key = &watch->tree.hash_key;
	struct poll *poll = &watch->poll;

	poll->digest += keyed_hash(key, keyed_hash(key, 0, name, strlen(name)), fields,
	                           sizeof(fields));
	if (!directory && milliseconds(&status->st_ctim) > poll->latest)
		poll->latest = milliseconds(&status->st_ctim);
}

/* Asks the file system itself where what is known may be old. */
static bool is_up_to_date(const struct watch *watch, const char *name, struct stat *status)
{
	return !is_silent(&watch->mounts, status->st_dev) ||
	       fstatat(watch->poll.fd, name, status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0;
}

static int watch_again(struct watch *watch, uint32_t id, int fd)
{
	char path[PATH_MAX];
	directory_key key;

	if (tree_path(&watch->tree, id, path, sizeof(path)) < 0 ||
	    !rules_allowed(&watch->rules, ACTION_MONITOR, path))
		return 0;
	key = watch->source.type->add(&watch->source, fd, tree_node(&watch->tree, id)->dev,
	                              INTEREST_ALL);
	if (key == KEY_NONE)
		return errno;
	change_key(watch, id, key);
	return 0;
}

void poll_begin(struct watch *watch, uint32_t id, bool may_watch)
{
	struct poll *poll = &watch->poll;
	struct stat status;

	poll_end(watch);
	*poll = (struct poll){ .fd = -1, .node = id };
	if (!tree_node(&watch->tree, id) || !tree_is_attached(&watch->tree, id))
		return;
	poll->fd = open_node(watch, id, O_RDONLY | O_NONBLOCK);
	if (poll->fd < 0)
		return;
	if (may_watch && !key_is_watched(tree_node(&watch->tree, id)->key))
		poll->error = watch_again(watch, id, poll->fd);
	if (fstat(poll->fd, &status) == 0)
		add(watch, "", &status);
}

static void report_polled(struct watch *watch, bool away)
{
	const struct poll *poll = &watch->poll;
	struct finding *finding = report(watch, FOUND_POLLED, "", 0);
	const struct node *node = tree_node(&watch->tree, poll->node);

	finding->target = poll->node;
	finding->type = away ? TYPE_ABSENT : TYPE_DIRECTORY;
	finding->detail = node && key_is_watched(node->key) ? DETAIL_WATCHED : 0;
	finding->error = (uint32_t)poll->error;
	finding->signature = poll->digest;
	finding->since = poll->latest;
}

bool poll_step(struct watch *watch, uint32_t budget)
{
	struct poll *poll = &watch->poll;
	char entries[16 << 10] __attribute__((aligned(8)));
	struct stat status;

	for (uint32_t visited = 0; poll->fd >= 0 && visited < budget;) {
		long got = syscall(SYS_getdents64, poll->fd, entries, sizeof(entries));

		if (got <= 0) {
			poll_end(watch);
			report_polled(watch, false);
			return false;
		}
		for (long at = 0; at < got; visited++) {
			const struct dirent64 *entry =
			        (const struct dirent64 *)(const void *)(entries + at);

			at += entry->d_reclen;
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			    reach_status(&watch->mounts, poll->fd, entry->d_name, &status) &&
			    is_up_to_date(watch, entry->d_name, &status))
				add(watch, entry->d_name, &status);
		}
	}
	if (poll->fd >= 0)
		return true;
	report_polled(watch, true);
	return false;
}

void poll_closed(struct watch *watch, uint32_t parent, const char *name, double since)
{
	int above, fd, error;

	if (!tree_node(&watch->tree, parent) || !tree_is_attached(&watch->tree, parent))
		return;
	above = open_node(watch, parent, O_PATH);
	if (above < 0)
		return;
	fd = reach_name(&watch->mounts, above, name, O_RDONLY | O_NONBLOCK);
	error = errno;
	close(above);
	if (fd < 0 && error != ENOENT && error != ENOTDIR && error != ELOOP)
		return;
	if (fd >= 0)
		close(fd);
	watch_look(watch, parent, name, since);
}

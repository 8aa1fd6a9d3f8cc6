#include "watch/watch.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool watch_init(struct watch *watch, int root, const struct source *source, uint32_t options,
                uint32_t signature_fields)
{
	struct stat status;

	*watch = (struct watch){ .root = root,
		                 .source = *source,
		                 .options = options,
		                 .signature_fields = signature_fields,
		                 .cached_node = NODE_NONE,
		                 .cached_fd = -1,
		                 .walk.fd = -1,
		                 .poll.fd = -1 };
	if (fstat(root, &status) != 0)
		return false;
	watch->root_dev = status.st_dev;
	mounts_init(&watch->mounts, root);
	tree_init(&watch->tree, status.st_dev, status.st_ino);
	return true;
}

void poll_end(struct watch *watch)
{
	if (watch->poll.fd >= 0)
		close(watch->poll.fd);
	watch->poll.fd = -1;
}

void watch_free(struct watch *watch)
{
	poll_end(watch);
	walk_stack_free(&watch->walk.waiting);
	if (watch->walk.fd >= 0)
		close(watch->walk.fd);
	if (watch->cached_fd >= 0)
		close(watch->cached_fd);
	close(watch->root);
	source_close(&watch->source);
	tree_free(&watch->tree);
	mounts_free(&watch->mounts);
	rules_free(&watch->rules);
	rules_free(&watch->previous_rules);
	bytes_free(&watch->events);
	bytes_free(&watch->findings);
	bytes_free(&watch->concerned);
	bytes_free(&watch->unused.retired);
	bytes_free(&watch->walk.rows);
	bytes_free(&watch->search.paths);
	free(watch->search.inodes);
}

#include "mirror/mirror.h"

#include "common/bytes.h"
#include "mirror/temporary.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Since clone(2) has given the thread this process's working directory, and a umask. */
static void begin(struct worker *worker)
{
	worker->own_directory = unshare(CLONE_FS) == 0;
	worker->buffer = grow_array(NULL, BUFFER, 1);
}

static void end(struct worker *worker)
{
	free(worker->buffer);
	listing_free(&worker->here);
	listing_free(&worker->there);
}

static void close_if_open(int descriptor)
{
	if (descriptor >= 0)
		close(descriptor);
}

static void release(void *owner)
{
	struct mirror *mirror = owner;

	close_if_open(mirror->source);
	close_if_open(mirror->destination);
	close_if_open(mirror->backup);
	free(mirror->groups);
	free(mirror);
}

static void read_groups(struct mirror *mirror)
{
	int count = getgroups(0, NULL);

	mirror->uid = geteuid();
	mirror->groups = grow_array(NULL, (size_t)(count < 0 ? 0 : count) + 1, sizeof(gid_t));
	count = count > 0 ? getgroups(count, mirror->groups) : 0;
	mirror->group_count = count < 0 ? 0 : count;
	mirror->groups[mirror->group_count++] = getegid();
}

struct mirror *mirror_open(int source, int destination, int backup,
                           const struct mirror_terms *terms)
{
	struct mirror *mirror = grow_array(NULL, 1, sizeof(*mirror));
	struct stat status;
	int error;

	*mirror = (struct mirror){
		.terms = *terms,
		.source = source,
		.destination = destination,
		.backup = backup,
		.key = hash_key_new(),
		.pool = { .begin = begin, .end = end, .ended = release, .owner = mirror }
	};
	temporary_begin(mirror);
	read_groups(mirror);
	for (size_t i = 0; i < NAME_LOCKS; i++)
		pthread_mutex_init(&mirror->names[i], NULL);
	pthread_mutex_init(&mirror->types, NULL);
	if (fstat(source, &status) == 0)
		mirror->source_device = status.st_dev;
	error = pool_start(&mirror->pool, terms->threads);
	if (error == 0)
		return mirror;
	pool_close(&mirror->pool);
	errno = error;
	return NULL;
}

void mirror_close(struct mirror *mirror)
{
	pool_close(&mirror->pool);
}

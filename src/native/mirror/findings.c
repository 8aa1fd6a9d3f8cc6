#include "mirror/findings.h"

#include <string.h>

static void add(struct mirror_run *run, struct mirror_finding finding, const char *path,
                const struct mirror_side sides[2])
{
	size_t length = strlen(path), before = sides ? 2 * sizeof(*sides) : 0;
	uint8_t *to;

	if (run->options & RUN_AHEAD)
		return;
	finding.size = (uint32_t)((sizeof(finding) + before + length + 7) & ~(size_t)7);
	finding.path_length = (uint32_t)length;
	pthread_mutex_lock(&run->lock);
	to = bytes_extend(&run->findings, finding.size);
	memset(to, 0, finding.size);
	memcpy(to, &finding, sizeof(finding));
	if (sides)
		memcpy(to + sizeof(finding), sides, before);
	memcpy(to + sizeof(finding) + before, path, length);
	pthread_mutex_unlock(&run->lock);
}

void find_failure(struct mirror_run *run, uint32_t row, const char *path, enum mirror_call call,
                  int error, enum mirror_where where)
{
	add(run,
	    (struct mirror_finding){ .row = row,
	                             .kind = MIRROR_FAILED,
	                             .call = (uint8_t)call,
	                             .error = (uint16_t)error,
	                             .what = where },
	    path, NULL);
}

void find_kind(struct mirror_run *run, uint32_t row, const char *path,
               enum mirror_finding_kind kind)
{
	add(run, (struct mirror_finding){ .row = row, .kind = (uint8_t)kind }, path, NULL);
}

static struct mirror_side side(const struct stat *status)
{
	if (!status)
		return (struct mirror_side){ 0 };
	return (struct mirror_side){ .mode = status->st_mode,
		                     .uid = status->st_uid,
		                     .gid = status->st_gid,
		                     .links = (uint32_t)status->st_nlink,
		                     .size = (uint64_t)status->st_size,
		                     .seconds = status->st_mtim.tv_sec,
		                     .nanoseconds = (uint32_t)status->st_mtim.tv_nsec };
}

void find_difference(struct mirror_run *run, uint32_t row, const char *path, uint32_t what,
                     const struct stat *source, const struct stat *destination)
{
	const struct mirror_side sides[2] = { side(source), side(destination) };

	add(run, (struct mirror_finding){ .row = row, .kind = MIRROR_DIFFERS, .what = what }, path,
	    sides);
}

void findings_answer(struct mirror_run *run, struct bytes *bytes)
{
	uint64_t counts[COUNTS];

	_Static_assert(sizeof(counts) == sizeof(struct mirror_summary), "enum count");
	for (size_t i = 0; i < run->rows.count; i++)
		if (atomic_load(&run->rows.list[i].stopped))
			find_kind(run, (uint32_t)i, run->rows.list[i].path, MIRROR_STOPPED);
	for (size_t i = 0; i < COUNTS; i++)
		counts[i] = atomic_load(&run->counts[i]);
	memcpy(bytes_extend(bytes, sizeof(counts)), counts, sizeof(counts));
	if (run->findings.length > 0)
		memcpy(bytes_extend(bytes, run->findings.length), run->findings.data,
		       run->findings.length);
}

#include "watch/report.h"

#include "watch/signature.h"
#include "watch/watch.h"

#include <string.h>

struct finding *report(struct watch *watch, enum finding_kind kind, const char *path, size_t length)
{
	size_t size = (sizeof(struct finding) + length + 7) & ~(size_t)7;
	struct finding *finding = bytes_extend(&watch->findings, size);

	watch->last_finding = watch->findings.length - size;
	memset(finding, 0, size);
	finding->kind = (uint8_t)kind;
	finding->size = (uint32_t)size;
	finding->node = finding->target = NODE_NONE;
	finding->path_length = (uint32_t)length;
	memcpy(finding + 1, path, length);
	return finding;
}

void report_origin(struct watch *watch, const char *path, size_t length)
{
	struct finding *finding = (void *)(watch->findings.data + watch->last_finding);
	size_t at = sizeof(*finding) + finding->path_length, size = (at + length + 7) & ~(size_t)7,
	       more = size - finding->size;

	if (more > 0) {
		memset(bytes_extend(&watch->findings, more), 0, more);
		finding = (void *)(watch->findings.data + watch->last_finding);
	}
	finding->size = (uint32_t)size;
	finding->origin_length = (uint32_t)length;
	memcpy((uint8_t *)finding + at, path, length);
}

void report_problem(struct watch *watch, enum problem_kind problem, int error,
                    const struct place *place)
{
	struct finding *finding = report(watch, FOUND_PROBLEM, place->path, place->path_length);

	finding->detail = (uint8_t)problem;
	finding->error = (uint32_t)error;
	finding->node = place->parent;
}

void report_unwatched(struct watch *watch, uint32_t id, enum problem_kind problem, int error,
                      const struct place *place)
{
	struct finding *finding = report(watch, FOUND_PROBLEM, place->path, place->path_length);

	finding->detail = (uint8_t)problem;
	finding->error = (uint32_t)error;
	finding->node = place->parent;
	finding->target = id;
}

void report_displaced(struct watch *watch, uint32_t id)
{
	report(watch, FOUND_DISPLACED, "", 0)->target = id;
}

void report_object(struct watch *watch, struct finding *finding, const struct stat *status)
{
	finding->type = S_ISDIR(status->st_mode) ? TYPE_DIRECTORY : TYPE_FILE;
	finding->nlink = (uint32_t)status->st_nlink;
	finding->dev = status->st_dev;
	finding->ino = status->st_ino;
	finding->bytes = S_ISREG(status->st_mode) ? (uint64_t)status->st_size : 0;
	if (watch->signature_fields)
		finding->signature = signature_of(status, watch->signature_fields);
}

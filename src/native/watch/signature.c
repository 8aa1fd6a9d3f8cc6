/*
 * A file's modification signature: a hash of the chosen fields of struct stat, in the order of
 * SIGNATURE_FIELDS.
 */
#include "watch/signature.h"

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

uint64_t signature_of(const struct stat *status, uint32_t fields)
{
	const uint64_t values[][2] = {
		{ status->st_dev },
		{ status->st_ino },
		{ status->st_mode },
		{ status->st_nlink },
		{ status->st_uid },
		{ status->st_gid },
		{ status->st_rdev },
		{ (uint64_t)status->st_size },
		{ (uint64_t)status->st_blksize },
		{ (uint64_t)status->st_blocks },
		{ (uint64_t)status->st_atim.tv_sec, (uint64_t)status->st_atim.tv_nsec },
		{ (uint64_t)status->st_mtim.tv_sec, (uint64_t)status->st_mtim.tv_nsec },
		{ (uint64_t)status->st_ctim.tv_sec, (uint64_t)status->st_ctim.tv_nsec },
	};
	uint64_t hash = 0x243f6a8885a308d3u;

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (fields & 1u << i)
			hash = mix(mix(hash, values[i][0]), values[i][1]);
	return hash;
}

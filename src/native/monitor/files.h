/*
 * The files of the host that the master goes back to: each a name in a directory, with what may be
 * done with it.
 */
#ifndef CLSYNC_MONITOR_FILES_H
#define CLSYNC_MONITOR_FILES_H

#include "monitor/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What has changed since: the directory that was found last, our inode, and its lock. */
struct file_state {
	bool is_known;
	int directory, lock;
	uint64_t device, inode;
};

struct file_state *files_state(uint32_t file);

/* One of the words of words.h, for a file that is in the table. */
struct file_work {
	/*
	 * WORD_PUT: replaces it by the text of that number. WORD_WRITE: the same with a content
	 * that was not known before. WORD_OPEN: opens what is to be read again, or makes what is to
	 * be made. WORD_PART: opens a file of the dump that was made last, to be continued, by the
	 * number of one of its texts, and where that is a directory's, by its own, too. WORD_END:
	 * removes what is ours.
	 */
	enum word word;
	uint32_t file, text, part;
	bool if_missing; /* only where there is none */
	const void *bytes;
	size_t length;
};

/*
 * Returns 0 and a descriptor for the master, which is -1 where it gets none, or errno. It may wait
 * for ever, see errand.h.
 */
int files_do(const struct file_work *work, int *descriptor);

#endif

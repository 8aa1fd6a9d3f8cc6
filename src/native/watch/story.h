/* What is known of the inodes at a name, from the events about it that wait. */
#ifndef CLSYNC_STORY_H
#define CLSYNC_STORY_H

#include <stdint.h>

/*
 * What happened to inodes that arrived at a name and may have left it before the watcher looks.
 * Then it is unknown which file was written to through the name.
 */
enum event_story {
	/* About the inode that is there now, as far as these events say. */
	STORY_ARRIVED = 1,
	STORY_TOUCHED = 2,
	/*
	 * An inode that had arrived and been touched was removed or replaced; or one was touched
	 * whose name was then given to another.
	 */
	STORY_LOST = 4,
	/* An inode that was there before was touched, and then removed or moved from the name. */
	STORY_LEFT = 8,
	/* Of a crowd: a file without a name (O_TMPFILE) was written to. */
	STORY_UNNAMED = 16,
};

/* The part of a story that is about the inode at the name, which goes with it. */
uint8_t story_of_inode(uint8_t story);
/*
 * The story after one more event, by the bits of inotify(7). `arriving`: that of an inode that is
 * moved here.
 */
uint8_t story_after(uint8_t story, uint32_t mask, uint8_t arriving);

#endif

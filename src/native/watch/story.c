#include "watch/story.h"

#include <sys/inotify.h>

enum { UNSEEN = STORY_ARRIVED | STORY_TOUCHED };

uint8_t story_of_inode(uint8_t story)
{
	return story & UNSEEN;
}

uint8_t story_after(uint8_t story, uint32_t mask, uint8_t arriving)
{
	uint8_t inode = story & UNSEEN, lost = story & (STORY_LOST | STORY_LEFT);

	if (mask & IN_DELETE && inode == UNSEEN)
		lost |= STORY_LOST;
	/* What was touched may have left the name before, also before these events. */
	if (mask & (IN_CREATE | IN_MOVED_TO) && inode & STORY_TOUCHED)
		lost |= STORY_LOST;
	if (mask & (IN_DELETE | IN_MOVED_FROM) && inode == STORY_TOUCHED)
		lost |= STORY_LEFT;
	if (mask & IN_CREATE)
		inode = STORY_ARRIVED;
	else if (mask & IN_MOVED_TO)
		inode = arriving | STORY_ARRIVED;
	else if (mask & (IN_DELETE | IN_MOVED_FROM))
		inode = 0;
	else if (mask & (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE))
		inode |= STORY_TOUCHED;
	return inode | lost;
}

/* The actions that a rule may decide; the caller gives them with each rule. */
#ifndef CLSYNC_ACTION_H
#define CLSYNC_ACTION_H

enum action { ACTION_FILE = 1, ACTION_SYNC = 2, ACTION_WALK = 4, ACTION_MONITOR = 8 };
#define ACTIONS_OF_DIRECTORY (ACTION_SYNC | ACTION_WALK | ACTION_MONITOR)

#endif

/* Marks a function as visible to the handler; all others in this program are hidden. */
#ifndef CLSYNC_HOST_HANDLER_API_H
#define CLSYNC_HOST_HANDLER_API_H

#define EXPORTED __attribute__((visibility("default")))

#endif

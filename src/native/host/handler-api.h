/* What makes a function visible to the handler: all else of this program is hidden. */
#ifndef CLSYNC_HOST_HANDLER_API_H
#define CLSYNC_HOST_HANDLER_API_H

#define EXPORTED __attribute__((visibility("default")))

#endif

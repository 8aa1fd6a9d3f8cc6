/* What clsyncapi_init() is given besides the context: nothing a handler may look into. */
#ifndef CLSYNC_INDEXES_H
#define CLSYNC_INDEXES_H

struct indexes;

#endif

/* Constants a handler may use. */
#ifndef CLSYNC_CONFIGURATION_H
#define CLSYNC_CONFIGURATION_H

/* By how many elements to let an array grow. */
#define ALLOC_PORTION 1024

#endif

/* Checks what a queue keeps of very many names. */
#ifndef CLSYNC_CROWD_CHECK_H
#define CLSYNC_CROWD_CHECK_H

void check_crowds(void);

#endif

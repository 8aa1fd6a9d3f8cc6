/* Shared by the target of the plug-in host and its stand-ins. */
#ifndef TARGET_HOST_H
#define TARGET_HOST_H

#include "stand-ins.h"

/* The host's descriptor. */
enum { CHANNEL = 3 };

/* A byte of settings: what the handler defines, whether it loads, and how the channel behaves. */
enum setting {
	HAS_INIT = 1,
	HAS_SYNC = 2,
	HAS_RSYNC = 4,
	HAS_DEINIT = 8,
	UNLOADABLE = 16,
	BYTE_BY_BYTE = 32,
	DEAF = 64
};

/* The handler's functions; the last has no name. */
extern const struct handler_function {
	const char *name;
	uint8_t setting;
	void *function;
} handler[];

/*
 * The number of pieces of memory that the host may hold when it answers: those of init and of the
 * last call, and the message.
 */
size_t host_pieces(void);

/* Starts the host anew: takes the settings from the input. */
void host_begin(const uint8_t *input, size_t size);

#endif

/* Filters of system calls, see seccomp(2). */
#ifndef CLSYNC_ADDON_FILTER_H
#define CLSYNC_ADDON_FILTER_H

#include "addon/addon.h"

#include <linux/filter.h>

/*
 * Reads a Buffer of struct sock_filter, which keeps the bytes; empty for none. False with an
 * exception pending when it cannot be one.
 */
bool addon_filter(napi_env env, napi_value value, struct sock_fprog *program);

#endif

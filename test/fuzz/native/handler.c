/* A handler that looks at every byte it is given, and calls back what include/clsync offers. */
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <clsync/clsync.h>
#include <clsync/ctx.h>
#include <clsync/error.h>

/* A flag that no event has: the input makes the handler fork with it. */
enum { FORKING = 0x80 };
/* The most bytes of paths that are made into a list: more only takes time. */
enum { LISTED_MAX = 1024 };

static struct ctx *given;

static void touch_if(const char *string)
{
	if (string != NULL)
		touch_string(string);
}

static void touch_context(void)
{
	touch_if(given->label);
	touch_if(given->watchdir);
	touch_if(given->watchdirwslash);
	touch_if(given->destdir);
	touch_if(given->destdirwslash);
	CHECK(given->watchdir == NULL || strlen(given->watchdir) == given->watchdirlen);
}

static int init(struct ctx *ctx_p, struct indexes *indexes_p)
{
	(void)indexes_p;
	given = ctx_p;
	touch_context();
	debug(1, "%s", given->label);
	return 0;
}

/*
 * Whatever the names are: patterns, each on a line of its own. A path's list is as long as the path
 * and all those above it together.
 */
static void check_list(int n, api_eventinfo_t *ei)
{
	char *text = NULL;
	size_t length = 0;
	FILE *list;

	for (int i = 0; i < n; i++)
		length += ei[i].path_len;
	if (length > LISTED_MAX)
		return;
	list = open_memstream(&text, &length);
	CHECK(list != NULL && apievinfo2rsynclist(NULL, list, n, ei) == 0);
	fclose(list);
	CHECK(length == 0 || text[length - 1] == '\n');
	for (size_t i = 0; i < length; i++)
		CHECK(text[i] != '\r' && (text[i] == '/' || (i > 0 && text[i - 1] != '\n')));
	free(text);
}

static int sync_events(int n, api_eventinfo_t *ei)
{
	for (int i = 0; i < n; i++) {
		CHECK(strlen(ei[i].path) == ei[i].path_len);
		errno = i % 2 ? ENOENT : 0;
		error("%d %s", i, ei[i].path);
		debug(5, "%s", ei[i].path);
		if (ei[i].flags & FORKING)
			return (int)clsyncapi_fork(given);
	}
	check_list(n, ei);
	return n;
}

static int rsync_lists(const char *include, const char *exclude)
{
	touch_if(include);
	touch_if(exclude);
	return 0;
}

static int deinit(void)
{
	info("%d", clsyncapi_getapiversion());
	return 0;
}

#define FUNCTION(of) ((void *)(uintptr_t)(of))

const struct handler_function handler[] = {
	{ "clsyncapi_init", HAS_INIT, FUNCTION(init) },
	{ "clsyncapi_sync", HAS_SYNC, FUNCTION(sync_events) },
	{ "clsyncapi_rsync", HAS_RSYNC, FUNCTION(rsync_lists) },
	{ "clsyncapi_deinit", HAS_DEINIT, FUNCTION(deinit) },
	{ NULL, 0, NULL },
};

/*
 * clsync-plugin-host OBJECT DESCRIPTOR: loads the shared object and makes the calls that arrive on
 * DESCRIPTOR, one after another.
 *
 * Requests: u32 call, then its arguments. Every request is answered by one ANSWER_RESULT;
 * ANSWER_LOG may come before it. A handler that crashes ends only this process.
 */
#include "host/context.h"
#include "host/log.h"
#include "host/message.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <clsync/clsync.h>
#include <clsync/error.h>

struct indexes {
	char nothing;
};

struct plugin {
	int (*init)(struct ctx *, struct indexes *);
	int (*sync)(int, api_eventinfo_t *);
	int (*rsync)(const char *, const char *);
	int (*deinit)(void);
};

static struct indexes indexes;

enum { VARIABLE_STATUS, VARIABLE_ITERATION, VARIABLES };
static const char *const names[VARIABLES] = {
	[VARIABLE_STATUS] = "CLSYNC_STATUS",
	[VARIABLE_ITERATION] = "CLSYNC_ITERATION",
};
/* The strings that putenv(3) was given. */
static char *variables[VARIABLES];

/*
 * A function's address through the object pointer that dlsym(3) returns; ISO C has no cast for it.
 */
#define LOOK_UP(object, name, into) (*(void **)&(into) = dlsym((object), (name)))

static int call_init(const struct plugin *plugin, struct message *message, int channel,
                     char *handler)
{
	int uses_lists = (int)take_u32(message);

	take_context(message, handler);
	host_log_to(channel, context.flags[DEBUG]);
	if (uses_lists ? plugin->rsync == NULL : plugin->sync == NULL) {
		errno = 0;
		_error(NULL, "the handler does not define %s",
		       uses_lists ? "clsyncapi_rsync" : "clsyncapi_sync");
		return EINVAL;
	}
	errno = 0;
	int result = plugin->init == NULL ? 0 : plugin->init(&context, &indexes);
	context.state = STATE_RUNNING;
	return result;
}

/*
 * Sets the environment variables that a handler program gets, too. Not with setenv(3), which never
 * frees the previous value.
 */
static void set_variables(struct message *message)
{
	size_t length;

	for (size_t i = 0; i < VARIABLES; i++) {
		const char *value = take_string(message, &length);
		size_t size = strlen(names[i]) + 1 + length + 1;
		char *assignment = malloc(size);

		if (value == NULL || assignment == NULL)
			abort();
		snprintf(assignment, size, "%s=%s", names[i], value);
		if (putenv(assignment) != 0)
			abort();
		free(variables[i]);
		variables[i] = assignment;
	}
	context.iteration_num = (uint32_t)strtoul(
	        variables[VARIABLE_ITERATION] + strlen(names[VARIABLE_ITERATION]) + 1, NULL, 10);
}

static int call_sync(const struct plugin *plugin, struct message *message)
{
	uint32_t count = take_u32(message);

	if (plugin->sync == NULL)
		abort(); /* call_init has reported that it is missing */
	/* Each event takes at least five numbers of the message. */
	if (count > (size_t)(message->end - message->at) / (5 * sizeof(uint32_t)))
		abort();
	api_eventinfo_t *events = calloc(count + 1, sizeof(*events));
	if (events == NULL)
		abort();
	for (uint32_t i = 0; i < count; i++) {
		events[i].evmask = take_u32(message);
		events[i].flags = take_u32(message);
		events[i].objtype_old = (eventobjtype_t)take_u32(message);
		events[i].objtype_new = (eventobjtype_t)take_u32(message);
		events[i].path = take_string(message, &events[i].path_len);
		if (events[i].path == NULL)
			abort();
	}
	errno = 0;
	int result = plugin->sync((int)count, events);
	free(events);
	return result;
}

static int call_rsync(const struct plugin *plugin, struct message *message)
{
	size_t length;
	const char *include = take_string(message, &length);
	const char *exclude = take_string(message, &length);

	if (plugin->rsync == NULL)
		abort();
	errno = 0;
	return plugin->rsync(include, exclude);
}

static int make_call(const struct plugin *plugin, struct message *message, int channel,
                     char *handler)
{
	switch ((enum call)take_u32(message)) {
	case CALL_INIT:
		return call_init(plugin, message, channel, handler);
	case CALL_SYNC:
		set_variables(message);
		return call_sync(plugin, message);
	case CALL_RSYNC:
		set_variables(message);
		return call_rsync(plugin, message);
	case CALL_DEINIT:
		context.state = STATE_ENDING;
		return plugin->deinit == NULL ? 0 : plugin->deinit();
	}
	abort();
}

int main(int argc, char **argv)
{
	struct plugin plugin;
	struct message message;

	if (argc != 3)
		return EINVAL;
	int channel = atoi(argv[2]);
	if (fcntl(channel, F_SETFD, FD_CLOEXEC) != 0)
		return EBADF;
	host_log_to(channel, 0);
	void *object = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (object == NULL) {
		errno = 0;
		_error(NULL, "%s", dlerror());
		return ENOEXEC;
	}
	LOOK_UP(object, "clsyncapi_init", plugin.init);
	LOOK_UP(object, "clsyncapi_sync", plugin.sync);
	LOOK_UP(object, "clsyncapi_rsync", plugin.rsync);
	LOOK_UP(object, "clsyncapi_deinit", plugin.deinit);

	pid_t self = getpid();
	for (;;) {
		uint8_t *bytes = receive_message(channel, &message);
		int result = make_call(&plugin, &message, channel, argv[1]);

		/*
		 * When the handler forks, a child that returns here must not continue as a second
		 * host.
		 */
		if (getpid() != self)
			_exit(result);
		send_answer(channel, ANSWER_RESULT, result, NULL, 0);
		free(bytes);
	}
}

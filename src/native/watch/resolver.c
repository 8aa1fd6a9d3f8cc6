#include "watch/resolver.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static enum whereabouts ask(int peer, int type, const void *handle, size_t length,
                            struct whereabouts_answer *answer, size_t *answered)
{
	struct whereabouts_question question = { .type = type };
	const size_t head = sizeof(question) - sizeof(question.handle);
	ssize_t got;

	if (length > sizeof(question.handle))
		return WHERE_UNKNOWN;
	memcpy(question.handle, handle, length);
	do
		got = write(peer, &question, head + length);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return WHERE_NOBODY;
	do
		got = read(peer, answer, sizeof(*answer));
	while (got < 0 && errno == EINTR);
	if (got < (ssize_t)sizeof(answer->where))
		return WHERE_NOBODY;
	*answered = (size_t)got - sizeof(answer->where);
	switch (answer->where) {
	case WHERE_BENEATH:
		return *answered < PATH_MAX ? WHERE_BENEATH : WHERE_TOO_LONG;
	case WHERE_OUTSIDE:
	case WHERE_GONE:
	case WHERE_TOO_LONG:
		return (enum whereabouts)answer->where;
	default:
		return WHERE_UNKNOWN;
	}
}

bool resolver_open(struct resolver *resolver, int peer, int type, const void *handle, size_t length)
{
	struct whereabouts_answer answer;
	size_t answered;

	*resolver = (struct resolver){ .peer = peer };
	if (peer >= 0 && ask(peer, type, handle, length, &answer, &answered) == WHERE_BENEATH) {
		memcpy(resolver->root, answer.path, answered);
		resolver->root_length = answered;
		return true;
	}
	resolver_close(resolver);
	return false;
}

void resolver_close(struct resolver *resolver)
{
	if (resolver->peer >= 0)
		close(resolver->peer);
	resolver->peer = -1;
}

enum whereabouts resolver_ask(const struct resolver *resolver, int type, const void *handle,
                              size_t length, char path[PATH_MAX])
{
	struct whereabouts_answer answer;
	size_t answered, above = resolver->root_length;
	enum whereabouts where = ask(resolver->peer, type, handle, length, &answer, &answered);

	if (where != WHERE_BENEATH)
		return where;
	if (above > 0) {
		if (answered < above || memcmp(answer.path, resolver->root, above) != 0 ||
		    (answered > above && answer.path[above] != '/'))
			return WHERE_OUTSIDE;
		above += answered > above;
	}
	memcpy(path, answer.path + above, answered - above);
	path[answered - above] = '\0';
	return WHERE_BENEATH;
}

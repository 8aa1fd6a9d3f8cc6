#include "watch/marked-keys.h"

/*
 * So many at most: 2 MiB. Then all are told again, which costs a question for each that has an
 * event.
 */
#define IGNORED_MOST ((size_t)1 << 17)

void marked_keys_init(struct marked_keys *keys)
{
	*keys = (struct marked_keys){ 0 };
	pthread_mutex_init(&keys->lock, NULL);
}

void marked_keys_free(struct marked_keys *keys)
{
	key_set_free(&keys->watched);
	key_set_free(&keys->ignored);
	key_set_free(&keys->asked);
	pthread_mutex_destroy(&keys->lock);
}

enum known known_of(const struct marked_keys *keys, directory_key key)
{
	if (key_set_has(&keys->watched, key))
		return KNOWN_WATCHED;
	if (key_set_has(&keys->watched, key | KEY_OF_ITSELF))
		return KNOWN_OF_ITSELF;
	return !keys->lazy || key_set_has(&keys->ignored, key) ? KNOWN_IGNORED : KNOWN_NOT;
}

void known_to_none(struct marked_keys *keys)
{
	if (keys->ignored.used > 0)
		key_set_free(&keys->ignored);
}

void known_is_ignored(struct marked_keys *keys, directory_key key)
{
	if (!keys->lazy)
		return;
	if (keys->ignored.used >= IGNORED_MOST)
		known_to_none(keys);
	key_set_add(&keys->ignored, key);
}

void known_is_gone(struct marked_keys *keys, directory_key key)
{
	key_set_remove(&keys->watched, key);
	key_set_remove(&keys->ignored, key);
}

bool known_is_to_ask(struct marked_keys *keys, directory_key key, uint32_t begun)
{
	if (keys->begun != begun)
		key_set_free(&keys->asked);
	keys->begun = begun;
	if (key_set_has(&keys->asked, key))
		return false;
	key_set_add(&keys->asked, key);
	return true;
}

void marked_keys_add(struct marked_keys *keys, directory_key key)
{
	pthread_mutex_lock(&keys->lock);
	key_set_add(&keys->watched, key);
	key_set_remove(&keys->ignored, key);
	pthread_mutex_unlock(&keys->lock);
}

void marked_keys_remove(struct marked_keys *keys, directory_key key)
{
	pthread_mutex_lock(&keys->lock);
	key_set_remove(&keys->watched, key);
	pthread_mutex_unlock(&keys->lock);
}

void marked_keys_ignore(struct marked_keys *keys, directory_key key)
{
	pthread_mutex_lock(&keys->lock);
	known_is_ignored(keys, key);
	pthread_mutex_unlock(&keys->lock);
}

bool marked_keys_ignores(struct marked_keys *keys, directory_key key)
{
	pthread_mutex_lock(&keys->lock);
	bool ignored = known_of(keys, key) == KNOWN_IGNORED;
	pthread_mutex_unlock(&keys->lock);
	return ignored;
}

void marked_keys_tell_again(struct marked_keys *keys)
{
	pthread_mutex_lock(&keys->lock);
	known_to_none(keys);
	pthread_mutex_unlock(&keys->lock);
}

void marked_keys_complete(struct marked_keys *keys)
{
	pthread_mutex_lock(&keys->lock);
	keys->lazy = false;
	known_to_none(keys);
	pthread_mutex_unlock(&keys->lock);
}

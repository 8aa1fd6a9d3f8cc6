/* A checksum for what is kept on disk. */
#include "addon/module.h"
#include "common/keyed-hash.h"

/* checksum(bytes): 64 bits that no accident leaves as they are; they protect against nobody. */
static napi_value js_checksum(napi_env env, napi_callback_info info)
{
	const struct hash_key key = { { 0, 0 } };
	napi_value argument, sum;
	const uint8_t *bytes;
	size_t length;

	if (!addon_arguments(env, info, 1, &argument) ||
	    !addon_bytes(env, argument, &bytes, &length))
		return NULL;
	NAPI_TRY(env,
	         napi_create_bigint_uint64(env, keyed_hash(&key, length, bytes, length), &sum));
	return sum;
}

const struct addon_function checksum_functions[] = {
	{ "checksum", js_checksum },
	{ NULL, NULL },
};

/* Device filters for JavaScript. */
#include "common/device-filter.h"

#include "addon/module.h"

#include <errno.h>

/*
 * attachDeviceFilter(group, program): `group` is a descriptor of the group's directory, `program` a
 * Buffer of struct bpf_insn.
 */
static napi_value js_attach_device_filter(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	int32_t group;
	const uint8_t *bytes;
	size_t length;

	if (!addon_arguments(env, info, 2, arguments) || !addon_int32(env, arguments[0], &group) ||
	    !addon_bytes(env, arguments[1], &bytes, &length))
		return NULL;
	int error = device_filter_attach(group, bytes, length);
	if (error == EINVAL)
		return addon_throw_type(env, "not a program");
	return error == 0 ? NULL : addon_throw_errno(env, "bpf", error);
}

const struct addon_function device_filter_functions[] = {
	{ "attachDeviceFilter", js_attach_device_filter },
	{ NULL, NULL },
};

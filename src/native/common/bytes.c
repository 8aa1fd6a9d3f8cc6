#include "common/bytes.h"

#include <stdlib.h>

void *grow_array(void *array, size_t count, size_t size)
{
	void *larger = reallocarray(array, count, size);

	if (!larger)
		abort();
	return larger;
}

void *bytes_extend(struct bytes *bytes, size_t count)
{
	void *start;

	if (bytes->capacity - bytes->length < count) {
		size_t capacity = bytes->capacity ? bytes->capacity : 4096;

		while (capacity - bytes->length < count)
			capacity *= 2;
		bytes->data = grow_array(bytes->data, capacity, 1);
		bytes->capacity = capacity;
	}
	start = bytes->data + bytes->length;
	bytes->length += count;
	return start;
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}

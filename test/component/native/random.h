/* Random numbers of the C tests: the same for the same seed. */
#ifndef CLSYNC_TEST_RANDOM_H
#define CLSYNC_TEST_RANDOM_H

#include <stdint.h>

void draw_seed(uint64_t seed);
/* Less than `limit`. */
uint32_t draw(uint32_t limit);

#endif

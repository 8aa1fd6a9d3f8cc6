/* As of other C tests; a condition that does not hold is a crash, which libFuzzer reports. */
#define CHECK_FAILS __builtin_trap()
#include "../../component/native/check.h"

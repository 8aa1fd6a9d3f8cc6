/* Constants of newer kernels that the headers of older distributions lack. */
#ifndef CLSYNC_KERNEL_HEADERS_H
#define CLSYNC_KERNEL_HEADERS_H

#include <sys/prctl.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#endif

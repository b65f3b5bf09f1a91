// LD_PRELOAD: valgrind writes into the mask that sigsuspend is given, and libdispatch's lies among its constants; here it gets a copy.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    int (*next)(const sigset_t *);
    *(void **)&next = dlsym(RTLD_NEXT, "sigsuspend");
    return next(&copy);
}

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GUILDWIRE_TSAN 1
#endif
#endif

#ifdef GUILDWIRE_TSAN
extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);
void guildwire_tsan_acquire(void *address) { __tsan_acquire(address); }
void guildwire_tsan_release(void *address) { __tsan_release(address); }
#else
void guildwire_tsan_acquire(void *address) { (void)address; }
void guildwire_tsan_release(void *address) { (void)address; }
#endif

int guildwire_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL, 0);
    if (flags == -1 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == -1) return -1;
    return fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

int guildwire_signal_descriptor(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int guildwire_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t n = read(descriptor, &info, sizeof info);
    if (n == (ssize_t)sizeof info) return (int)info.ssi_signo;
    return (n == -1 && errno != EAGAIN) ? -1 : 0;
}

int guildwire_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void guildwire_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int guildwire_cores(void) {
    cpu_set_t allowed;
    return sched_getaffinity(0, sizeof allowed, &allowed) == 0
        ? CPU_COUNT(&allowed)
        : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static struct timespec of_nanoseconds(int64_t nanoseconds) {
    return (struct timespec){.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
}

void guildwire_pause(int64_t nanoseconds) {
    struct timespec time = of_nanoseconds(nanoseconds);
    ppoll(NULL, 0, &time, NULL);
}

int guildwire_wait_readable(int descriptor, int64_t nanoseconds) {
    struct timespec time = of_nanoseconds(nanoseconds);
    struct pollfd one = {.fd = descriptor, .events = POLLIN};
    return ppoll(&one, 1, &time, NULL);
}

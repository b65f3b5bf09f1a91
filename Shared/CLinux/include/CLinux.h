// What Glibc's Swift module does not export: malloc_trim, epoll, eventfd, timerfd, signalfd, and ThreadSanitizer's annotations.
#ifndef GUILDWIRE_CLINUX_H
#define GUILDWIRE_CLINUX_H

#include <malloc.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

// Tells ThreadSanitizer that a lock at `address` was taken or is about to be released; does nothing otherwise.
// TSan does not see the futex inside Swift's Mutex and would report races that are none.
void guildwire_tsan_acquire(void *address);
void guildwire_tsan_release(void *address);

// fcntl is variadic and so not imported; sets O_NONBLOCK and FD_CLOEXEC. Returns 0, or -1 with errno.
int guildwire_set_nonblocking(int descriptor);

// Blocks the given signals in the calling thread and threads made later, and returns a signalfd for them, or -1.
int guildwire_signal_descriptor(const int *signals, int count);

// Reads one signal number from a signalfd; 0 when none waits, -1 on error.
int guildwire_next_signal(int descriptor);

// accept4 with O_NONBLOCK and FD_CLOEXEC; Glibc's module does not export it.
int guildwire_accept(int listener, struct sockaddr *address, socklen_t *length);

// Names the calling thread, for debuggers and top; at most 15 bytes.
void guildwire_name_thread(const char *name);

// Processors that the process may run on; those that are online where the kernel does not say.
int guildwire_cores(void);

// Lets this much time pass in the calling thread, or less where a signal comes.
void guildwire_pause(int64_t nanoseconds);

// Waits until the descriptor can be read, that long at most. Above 0: it can; 0: it cannot; below: a signal came.
int guildwire_wait_readable(int descriptor, int64_t nanoseconds);

#endif

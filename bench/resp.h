// Redis over a socket on loopback, by hand: enough to subscribe, to publish and to run a script.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

static inline int connect_loopback(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) die("connecting to Redis");
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static inline void write_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = write(fd, bytes, count);
        if (sent <= 0) die("writing to Redis");
        bytes += sent;
        count -= (size_t)sent;
    }
}

// One word of a command.
static inline size_t put_word(char *to, const char *word, size_t count) {
    size_t at = (size_t)sprintf(to, "$%zu\r\n", count);
    memcpy(to + at, word, count);
    memcpy(to + at + count, "\r\n", 2);
    return at + count + 2;
}

// Bytes of a "message" as pub/sub pushes it: *3, "message", the channel, the text.
// 0: not all of it is there. Otherwise the bytes it takes, and where its text is.
static inline size_t push_message(const char *at, size_t count, const char **text, size_t *length) {
    const char *end = at + count, *next = at;
    const char *line = memchr(next, '\n', (size_t)(end - next));
    if (!line) return 0;
    int words = atoi(next + 1);
    next = line + 1;
    for (int word = 0; word < words; word++) {
        line = next < end ? memchr(next, '\n', (size_t)(end - next)) : NULL;
        if (!line) return 0;
        int integer = *next == ':';
        long size = integer ? -2 : atol(next + 1);
        next = line + 1;
        if (integer) continue;
        if (end - next < size + 2) return 0;
        *text = next;
        *length = (size_t)size;
        next += size + 2;
    }
    return (size_t)(next - at);
}

// The floor of scripts/bench: the least that a server of Server-Sent Events can do. One thread, epoll; events come from Redis pub/sub.
//
//   floor PORT REDIS_PORT CHANNEL each      one `send` per client and event, as soon as the event is there
//   floor PORT REDIS_PORT CHANNEL batch     one `send` per client of all that is pending: what came in one wake-up, or while clients were served
//
// It authorises nobody, filters nothing, keeps no history: a client that does not read is dropped when its socket is full.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

#include "resp.h"

enum { CLIENTS_MAX = 20000, EVENTS_MAX = 512, BATCH_BYTES_MAX = 8 << 20 };

static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n\r\n";
static int clients[CLIENTS_MAX], place[CLIENTS_MAX], count;
static char batch[BATCH_BYTES_MAX];
static size_t batched;
static char incoming[1 << 20];
static size_t held;

static void drop(int fd) {
    clients[place[fd]] = clients[--count];
    place[clients[place[fd]]] = place[fd];
    close(fd);
}

static void send_all(const char *bytes, size_t length) {
    for (int i = count - 1; i >= 0; i--)
        if (send(clients[i], bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length) drop(clients[i]);
}

static void flush(void) {
    if (batched) send_all(batch, batched);
    batched = 0;
}

static void publish(const char *text, size_t length, int each) {
    if (batched + length + 16 > sizeof batch) flush();
    char *to = batch + batched;
    memcpy(to, "data: ", 6);
    memcpy(to + 6, text, length);
    memcpy(to + 6 + length, "\n\n", 2);
    batched += length + 8;
    if (each) flush();
}

static void read_redis(int redis, int each) {
    for (;;) {
        ssize_t got = recv(redis, incoming + held, sizeof incoming - held, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) break;
        if (got <= 0) die("Redis ended");
        held += (size_t)got;
        size_t at = 0, used;
        const char *text = incoming;
        size_t length = 0;
        while (at < held && (used = push_message(incoming + at, held - at, &text, &length))) {
            if (!memcmp(incoming + at + 4, "$7\r\nmessage", 11)) publish(text, length, each);
            at += used;
        }
        memmove(incoming, incoming + at, held - at);
        held -= at;
    }
    flush();
}

static void accept_all(int listener, int poll) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (fd >= CLIENTS_MAX || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0) {
            close(fd);
            continue;
        }
        place[fd] = -1;
    }
}

static void read_client(int fd) {
    char request[4096];
    ssize_t got = recv(fd, request, sizeof request, 0);
    if (got > 0 && place[fd] < 0) {
        // A request of a few hundred bytes comes in one piece on loopback.
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        place[fd] = count;
        clients[count++] = fd;
        if (send(fd, HEAD, sizeof HEAD - 1, MSG_NOSIGNAL) < 0) drop(fd);
    } else if (got == 0 || (got < 0 && errno != EAGAIN)) {
        if (place[fd] < 0) close(fd);
        else drop(fd);
    }
}

int main(int argc, char **argv) {
    if (argc != 5) return fprintf(stderr, "usage: floor PORT REDIS_PORT CHANNEL each|batch\n"), 2;
    int each = !strcmp(argv[4], "each"), one = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) die("listen");
    int redis = connect_loopback(atoi(argv[2])), poll = epoll_create1(EPOLL_CLOEXEC);
    char command[256];
    size_t length = (size_t)sprintf(command, "*2\r\n$9\r\nSUBSCRIBE\r\n");
    length += put_word(command + length, argv[3], strlen(argv[3]));
    write_all(redis, command, length);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS_MAX];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = redis;
    epoll_ctl(poll, EPOLL_CTL_ADD, redis, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) accept_all(listener, poll);
            else if (fd == redis) read_redis(redis, each);
            else read_client(fd);
        }
    }
}

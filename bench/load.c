// The load of scripts/bench: one thread that opens thousands of streams and looks at what comes. Told what to do by lines on standard input,
// answers each with a line of JSON.
//
//   load PORT
//     open N FILE WINDOW [first]   N streams more, the request from FILE, at most WINDOW unanswered; answered: the head, or with `first` an event
//     expect FIRST LAST SECONDS    counts from now on: events FIRST to LAST at every stream, until all are there or the time is over
//     close                        closes all
//     watch SECONDS                reads for so long; says how many streams ended
//
// `"n":N,"t0":T,` in an event is its number and the monotonic time in ns when it was due. Numbers go up by one.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream.h"

enum { STREAMS_MAX = 20000, EVENTS_MAX = 1024, READ_BYTES = 1 << 18, BUCKETS = 64 * 64, PER_ADDRESS = 5000 };

static struct stream streams[STREAMS_MAX];
static int count, poller, unanswered, failed, ended;
static char buffer[READ_BYTES + TAIL_MAX], request[8192];
static size_t request_bytes;
static struct sockaddr_in server;
static long first_wanted = 1, last_wanted, deliveries, lost, repeats, behind, finished;
static long buckets[BUCKETS];
static int64_t worst;
static int counting, until_first;

// Time since an event was due, in steps of 1/64.
static int bucket(int64_t ns) {
    if (ns < 64) return ns < 0 ? 0 : (int)ns;
    int high = 63 - __builtin_clzll((unsigned long long)ns);
    return (high - 5) * 64 + (int)(ns >> (high - 6)) - 64;
}

static double bucket_ms(int index) {
    if (index < 64) return index / 1e6;
    return (double)((int64_t)(64 + index % 64) << (index / 64 - 1)) / 1e6;
}

static double quantile(double part) {
    long wanted = (long)((double)deliveries * part), seen = 0;
    for (int i = 0; i < BUCKETS; i++)
        if ((seen += buckets[i]) > wanted) return bucket_ms(i);
    return (double)worst / 1e6;
}

static int64_t read_at;

static void take(struct stream *s, long number, int64_t due) {
    if (until_first && s->last == 0) {
        unanswered--;
        finished++;
    }
    if (counting && number >= first_wanted) {
        if (number <= s->last) repeats++;
        else {
            if (number != s->last + 1) lost += number - s->last - 1;
            deliveries++;
            int64_t age = read_at - due;
            if (age > worst) worst = age;
            int index = bucket(age);
            buckets[index < BUCKETS ? index : BUCKETS - 1]++;
            if (number == last_wanted) finished++;
        }
    } else if (counting) behind++;
    if (number > s->last) s->last = number;
}

static void end(struct stream *s) {
    if (s->phase != BODY) {
        failed++;
        unanswered--;
    } else {
        ended++;
        if (until_first && s->last == 0) unanswered--;
    }
    close(s->fd);
    s->phase = FREE;
}

static void take_bytes(struct stream *s, char *bytes, size_t got) {
    if (s->phase == HEAD) {
        // A head comes in one piece here, or in few; a tail that is too small for it makes it fail, not pass.
        long length = take_head(s, bytes, got);
        if (length <= 0) return end(s);
        s->phase = BODY;
        if (!until_first) {
            unanswered--;
            finished++;
        }
        bytes += length;
        got -= (size_t)length;
    }
    if (s->chunked) got = unchunk(s, bytes, got);
    char *from = bytes - s->tail_count;
    memcpy(from, s->tail, s->tail_count);
    take_stamps(s, from, got + s->tail_count, take);
}

static void readable(struct stream *s) {
    for (;;) {
        ssize_t got = recv(s->fd, buffer + TAIL_MAX, READ_BYTES, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return end(s);
        read_at = now_ns();
        take_bytes(s, buffer + TAIL_MAX, (size_t)got);
        if (s->phase == FREE || got < READ_BYTES) return;
    }
}

static void turn(int wait_ms) {
    struct epoll_event events[EVENTS_MAX];
    int ready = epoll_wait(poller, events, EVENTS_MAX, wait_ms);
    for (int i = 0; i < ready; i++) {
        struct stream *s = &streams[events[i].data.u32];
        if (s->phase == CONNECTING && events[i].events & EPOLLOUT) {
            struct epoll_event event = {.events = EPOLLIN, .data.u32 = events[i].data.u32};
            s->phase = HEAD;
            epoll_ctl(poller, EPOLL_CTL_MOD, s->fd, &event);
            if (send(s->fd, request, request_bytes, MSG_NOSIGNAL) != (ssize_t)request_bytes) end(s);
        } else if (s->phase != FREE) readable(s);
    }
}

static void open_one(void) {
    struct stream *s = &streams[count];
    // Ports of one address run out: each few thousand have another.
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl((uint32_t)(0x7F010001 + count / PER_ADDRESS));
    *s = (struct stream){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), .phase = CONNECTING};
    int one = 1;
    setsockopt(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&from, sizeof from) < 0) die("a socket");
    if (connect(s->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) die("connect");
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)count};
    epoll_ctl(poller, EPOLL_CTL_ADD, s->fd, &event);
    count++;
    unanswered++;
}

static void open_streams(int wanted, const char *path, int window, int to_first) {
    FILE *file = fopen(path, "r");
    if (!file) die(path);
    request_bytes = fread(request, 1, sizeof request, file);
    fclose(file);
    until_first = to_first;
    counting = 0;
    failed = 0;
    finished = 0;
    int64_t start = now_ns(), limit = start + 120000000000;
    int opened = 0;
    while ((opened < wanted || unanswered > 0) && now_ns() < limit) {
        while (opened < wanted && unanswered < window && count < STREAMS_MAX) {
            open_one();
            opened++;
        }
        turn(10);
    }
    printf("{\"opened\":%ld,\"failed\":%d,\"unanswered\":%d,\"seconds\":%.6f}\n", finished, failed, unanswered, (double)(now_ns() - start) / 1e9);
    unanswered = 0;
    until_first = 0;
}

static int64_t cpu_ns(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000LL + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
}

static void expect(long first, long last, double seconds) {
    int live = 0;
    for (int i = 0; i < count; i++)
        if (streams[i].phase == BODY) {
            live++;
            streams[i].last = first - 1;
        }
    memset(buckets, 0, sizeof buckets);
    first_wanted = first;
    last_wanted = last;
    deliveries = lost = repeats = behind = finished = ended = worst = 0;
    counting = 1;
    printf("{\"streams\":%d}\n", live);
    fflush(stdout);
    int64_t start = now_ns(), cpu = cpu_ns(), limit = start + (int64_t)(seconds * 1e9);
    struct pollfd input = {.fd = 0, .events = POLLIN};
    while (finished + ended < live && now_ns() < limit && poll(&input, 1, 0) == 0) turn(10);
    counting = 0;
    long missing = (long)live * (last - first + 1) - deliveries;
    printf("{\"streams\":%d,\"deliveries\":%ld,\"missing\":%ld,\"gaps\":%ld,\"repeats\":%ld,\"before\":%ld,\"ended\":%d,"
           "\"p50\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"worst\":%.4f,\"seconds\":%.6f,\"cpu\":%.6f}\n",
           live, deliveries, missing, lost, repeats, behind, ended, quantile(0.5), quantile(0.99), quantile(0.999), (double)worst / 1e6,
           (double)(now_ns() - start) / 1e9, (double)(cpu_ns() - cpu) / 1e9);
}

static void close_all(void) {
    for (int i = 0; i < count; i++)
        if (streams[i].phase != FREE) close(streams[i].fd);
    count = unanswered = ended = 0;
    printf("{}\n");
}

static void watch(double seconds) {
    int64_t limit = now_ns() + (int64_t)(seconds * 1e9);
    ended = 0;
    while (now_ns() < limit) turn(10);
    printf("{\"ended\":%d}\n", ended);
}

int main(int argc, char **argv) {
    struct rlimit files = {STREAMS_MAX, STREAMS_MAX};
    if (argc != 2) return fprintf(stderr, "usage: load PORT, see the head of bench/load.c\n"), 2;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0) die("descriptors");
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    poller = epoll_create1(EPOLL_CLOEXEC);
    setvbuf(stdin, NULL, _IONBF, 0);
    char line[512], path[256], word[16];
    long first, last;
    double seconds;
    int wanted, window;
    while (fgets(line, sizeof line, stdin)) {
        word[0] = 0;
        if (sscanf(line, "open %d %255s %d %15s", &wanted, path, &window, word) >= 3) open_streams(wanted, path, window, word[0] == 'f');
        else if (sscanf(line, "expect %ld %ld %lf", &first, &last, &seconds) == 3) expect(first, last, seconds);
        else if (sscanf(line, "watch %lf", &seconds) == 1) watch(seconds);
        else if (!strncmp(line, "close", 5)) close_all();
        else return fprintf(stderr, "load: %s", line), 2;
        fflush(stdout);
    }
    return 0;
}

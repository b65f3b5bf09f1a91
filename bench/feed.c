// Feeds events to Redis at a steady rate, each with its number and the time it was due: scripts/bench.
//
//   feed REDIS_PORT publish CHANNEL BYTES FIRST COUNT RATE
//   feed REDIS_PORT append SCRIPT BYTES FIRST COUNT RATE EPOCH GUILD MESSAGE_CHANNEL
//
// `publish`: PUBLISH of an envelope. `append`: the script in the file SCRIPT (the product's own append-and-publish), one call per event, with shard
// 0/1; the log must end at EPOCH-(FIRST-1). BYTES: size of one event as it goes to a client, the frame of SSE included. RATE: events per second.
//
// The time in an event is when it was due, not when it left: a feed or a Redis that is late makes latency, it does not hide it.
#define _GNU_SOURCE
#include <poll.h>

#include "resp.h"

enum { ENVELOPE_MAX = 8192, PENDING_MAX = 2000 };

static char script_hash[64], out[1 << 16], in[1 << 16];
static long answers;

static int64_t wall_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// The envelope of specs/events.md, filled up with `content` to the wanted size.
static size_t envelope(char *to, size_t bytes, const char *epoch, long number, const char *guild, const char *channel, int64_t due) {
    size_t at = (size_t)sprintf(
        to, "{\"id\":\"%s-%ld\",\"event\":\"message.created\",\"guild\":\"%s\",\"ts\":%lld,\"payload\":{\"n\":%ld,\"t0\":%lld,"
        "\"messageId\":\"%ld\",\"channelId\":\"%s\",\"channelName\":\"bench\",\"userId\":\"80351110224678912\",\"content\":\"",
        epoch, number, guild, (long long)wall_ms(), number, (long long)due, 1000000 + number, channel);
    while (at + 3 < bytes) to[at++] = 'x';
    memcpy(to + at, "\"}}", 4);
    return at + 3;
}

static void take_answers(int redis, int wait_ms) {
    struct pollfd one = {.fd = redis, .events = POLLIN};
    if (poll(&one, 1, wait_ms) <= 0) return;
    ssize_t got = read(redis, in, sizeof in - 1);
    if (got <= 0) die("Redis ended");
    in[got] = 0;
    char *bad = strstr(in, "\n-");
    if (in[0] == '-' || bad) {
        fprintf(stderr, "Redis answered %.200s\n", bad ? bad + 1 : in);
        exit(1);
    }
    // An integer for PUBLISH; an array of an integer and the top's id for the script.
    for (ssize_t i = 0; i < got; i++) {
        answers += in[i] == ':';
        if (in[i] == ':' && in[i + 1] == '0') {
            fprintf(stderr, "an event was taken by nobody: no subscriber, or the log does not end where it should\n");
            exit(1);
        }
    }
}

static void load_script(int redis, const char *path) {
    static char text[1 << 15];
    FILE *file = fopen(path, "r");
    if (!file) die(path);
    size_t count = fread(text, 1, sizeof text, file), at = (size_t)sprintf(out, "*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n");
    fclose(file);
    at += put_word(out + at, text, count);
    write_all(redis, out, at);
    ssize_t got = read(redis, in, sizeof in - 1);
    if (got < 46 || sscanf(in, "$40\r\n%40s", script_hash) != 1) die("SCRIPT LOAD");
}

static size_t word(char *to, const char *text) { return put_word(to, text, strlen(text)); }

static size_t append_command(char *to, const char *epoch, long number, const char *text, size_t length) {
    static const char *keys[] = {"4", "guildwire:log:0/1", "guildwire:shards", "guildwire:size:0/1", "guildwire:marks:0/1",
                                 "guildwire:live:0/1", "0/1", "32", "e"};
    char id[64];
    size_t at = (size_t)sprintf(to, "*15\r\n$7\r\nEVALSHA\r\n");
    at += word(to + at, script_hash);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) at += word(to + at, keys[i]);
    sprintf(id, "%s-%ld", epoch, number - 1);
    at += word(to + at, id);
    at += word(to + at, "1");
    sprintf(id, "%s-%ld", epoch, number);
    at += word(to + at, id);
    return at + put_word(to + at, text, length);
}

int main(int argc, char **argv) {
    int append = argc == 11 && !strcmp(argv[2], "append");
    if (!append && !(argc == 8 && !strcmp(argv[2], "publish"))) return fprintf(stderr, "see the head of bench/feed.c\n"), 2;
    int redis = connect_loopback(atoi(argv[1]));
    long bytes = atol(argv[4]), first = atol(argv[5]), count = atol(argv[6]), late = 0;
    double rate = atof(argv[7]);
    const char *epoch = append ? argv[8] : "1", *guild = append ? argv[9] : "100000000000000001";
    const char *channel = append ? argv[10] : "100000000000000002";
    if (append) load_script(redis, argv[3]);
    // What SSE puts around an envelope: "id: …\nevent: message.created\ndata: …\n\n", or "data: …\n\n".
    long frame = append ? (long)strlen(epoch) + 44 : 8;
    if (bytes > ENVELOPE_MAX - 1024) return fprintf(stderr, "events of at most 7 KiB\n"), 2;
    int64_t start = now_ns();
    char text[ENVELOPE_MAX];
    for (long i = 0; i < count; i++) {
        int64_t due = start + (int64_t)((double)i * 1e9 / rate), wait;
        while ((wait = due - now_ns()) > 0 || i - answers > PENDING_MAX) {
            // The last stretch is waited for exactly; answers are taken meanwhile.
            if (wait > 2000000 || i - answers > PENDING_MAX) take_answers(redis, wait > 3000000 ? (int)(wait / 1000000) - 1 : 1);
            else if (wait > 0) {
                struct timespec t = {.tv_nsec = wait};
                nanosleep(&t, NULL);
            }
        }
        if (wait < -10000000) late++;
        size_t length = envelope(text, (size_t)(bytes - frame), epoch, first + i, guild, channel, due), at;
        if (append) at = append_command(out, epoch, first + i, text, length);
        else {
            at = (size_t)sprintf(out, "*3\r\n$7\r\nPUBLISH\r\n");
            at += word(out + at, argv[3]);
            at += put_word(out + at, text, length);
        }
        write_all(redis, out, at);
        take_answers(redis, 0);
    }
    int64_t end = now_ns() + 20000000000;
    while (answers < count && now_ns() < end) take_answers(redis, 100);
    printf("{\"fed\":%ld,\"confirmed\":%ld,\"late\":%ld,\"seconds\":%.6f}\n", count, answers, late, (double)(now_ns() - start) / 1e9);
    return answers < count;
}

// One HTTP connection that reads Server-Sent Events: takes the answer's head and the chunks off, and finds the stamps in what is left.
#pragma once
#define _GNU_SOURCE
#include <string.h>

#include "clock.h"

enum phase { FREE, CONNECTING, HEAD, BODY };
enum { TAIL_MAX = 96 };

struct stream {
    int fd;
    unsigned char phase, chunked, tail_count;
    // Of a head: how much of "\r\n\r\n" was seen. Of chunks: what a size line has said, and what is left of the chunk.
    unsigned char seen, size_line;
    long chunk;
    long last;          // number of the last event
    char tail[TAIL_MAX];
};

// "HTTP/1.1 200" and whether chunks follow. 0: not all of the head is there; -1: refused; otherwise its length.
static inline long take_head(struct stream *s, const char *bytes, size_t count) {
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!end) return 0;
    if (count < 12 || memcmp(bytes + 9, "200", 3)) return -1;
    size_t length = (size_t)(end - bytes) + 4;
    s->chunked = memmem(bytes, length, "chunked", 7) != NULL;
    s->size_line = s->chunked;
    s->chunk = 0;
    return (long)length;
}

// Moves what the chunks hold to the front; how much that is.
static inline size_t unchunk(struct stream *s, char *bytes, size_t count) {
    size_t at = 0, to = 0;
    while (at < count) {
        if (s->size_line) {
            char c = bytes[at++];
            if (c >= '0' && c <= '9') s->chunk = s->chunk * 16 + c - '0';
            else if ((c | 32) >= 'a' && (c | 32) <= 'f') s->chunk = s->chunk * 16 + (c | 32) - 'a' + 10;
            else if (c == '\n' && s->chunk) s->size_line = 0;
            continue;
        }
        size_t part = count - at < (size_t)s->chunk ? count - at : (size_t)s->chunk;
        memmove(bytes + to, bytes + at, part);
        to += part;
        at += part;
        s->chunk -= (long)part;
        // The line end behind a chunk is an empty size line.
        if (!s->chunk) s->size_line = 1;
    }
    return to;
}

// Calls `take` with the number and time of each stamp `"n":N,"t0":T,`; keeps what is the beginning of one. `bytes` begins with the stream's tail.
static inline void take_stamps(struct stream *s, const char *bytes, size_t count, void (*take)(struct stream *, long, int64_t)) {
    const char *at = bytes, *end = bytes + count, *found;
    s->tail_count = 0;
    while ((found = memmem(at, (size_t)(end - at), "\"n\":", 4))) {
        const char *comma = memchr(found, ',', (size_t)(end - found));
        const char *last = comma ? memchr(comma + 1, ',', (size_t)(end - comma - 1)) : NULL;
        if (!last) {
            if (end - found < TAIL_MAX) {
                s->tail_count = (unsigned char)(end - found);
                memcpy(s->tail, found, s->tail_count);
                return;
            }
            at = found + 4;
            continue;
        }
        if (last - comma > 7 && !memcmp(comma + 1, "\"t0\":", 5)) take(s, atol(found + 4), atoll(comma + 6));
        at = last;
    }
    size_t rest = (size_t)(end - at) < 3 ? (size_t)(end - at) : 3;
    s->tail_count = (unsigned char)rest;
    memcpy(s->tail, end - rest, rest);
}

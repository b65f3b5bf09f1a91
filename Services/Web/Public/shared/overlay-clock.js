// The server's time as far as a page can tell: a computer that streams may have a wrong clock, and what an overlay
// shows for ten seconds must not depend on it.

const samplesMax = 40;

/** @param {() => number} local  Unix milliseconds */
export function ServerClock(local = () => Date.now()) {
    const ahead = [];               // how far events' times lay ahead of ours when they came; replay lies behind

    return {
        /** Takes note of an event's time, as it arrives. */
        heard(ts) {
            if (!Number.isFinite(ts)) return;
            ahead.push(ts - local());
            if (ahead.length > samplesMax) ahead.shift();
        },

        /** Unix milliseconds; never far behind the newest event of late. */
        now: () => local() + (ahead.length > 0 ? Math.max(...ahead) : 0),
    };
}

// What stands for the browser in the tests of the streams.

/** A world without network and with a clock moved by hand. */
export function world({ statuses = {} } = {}) {
    const sources = [];
    class FakeSource {
        static CLOSED = 2;
        constructor(url) { Object.assign(this, { url, readyState: 0, handlers: {} }); sources.push(this); }
        addEventListener(name, handle) { this.handlers[name] = handle; }
        close() { this.readyState = 2; }
        open() { this.readyState = 1; this.handlers.open({}); }
        fail(readyState) { this.readyState = readyState; this.handlers.error({}); }
        send(name, envelope, lastEventId = envelope.id) {
            this.handlers[name]?.({ type: name, data: JSON.stringify({ event: name, ...envelope }), lastEventId });
        }
    }
    const timers = new Map();
    let now = 1_000_000;
    let number = 0;
    const made = {
        EventSource: FakeSource, sources, timers,
        fetch: async (url) => {
            const status = statuses[url.split("?")[0]] ?? 200;
            if (status === 0) throw new TypeError("unreachable");
            const missing = status < 300 ? [] : [{ name: "redis", reason: "gone" }];
            const body = url.startsWith("/api/ready") ? { ready: status < 300, missing } : { detail: "said why" };
            return { status, ok: status < 300, json: async () => body };
        },
        setTimeout: (body, delay) => { timers.set(number += 1, { at: now + delay, body }); return number; },
        clearTimeout: (timer) => timers.delete(timer),
        now: () => now,
        random: () => 0,
        events: new EventTarget(),
        pass(milliseconds) {
            const end = now + milliseconds;
            for (;;) {
                const due = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
                if (!due) break;
                timers.delete(due[0]);
                now = due[1].at;
                due[1].body();
            }
            now = end;
        },
        last: () => sources.at(-1),
    };
    return made;
}

import { backoff, streamAddress } from "/shared/event-stream.js";
import { openStream } from "/shared/stream.js";
import { world } from "/tests/fake-world.js";
import { equal, test, throws, truth } from "/tests/unit.js";

const asked = () => new Promise((resolve) => setTimeout(resolve, 0));

test("the address names what is wanted and where to go on", () => {
    equal(streamAddress({}, ""), "/api/stream");
    equal(streamAddress({ guilds: ["1", "2"], events: ["voice.*"], channels: ["3", "4"], key: ["k"] }, "1-2~3-4"),
        "/api/stream?guild=1&guild=2&events=voice.*&channels=3%2C4&key=k&lastEventId=1-2%7E3-4");
    equal(streamAddress({}, "1-2", true), "/api/stream?lastEventId=1-2&snapshot=1");
    equal(streamAddress({}, "", true), "/api/stream");
});

test("a fresh stream is live with its snapshot, a resumed one when it stays open", () => {
    const one = world();
    const stream = openStream({}, one);
    one.last().open();
    one.pass(1_500);
    equal([stream.state.phase, stream.state.wasLive], ["connecting", false]);
    one.last().send("snapshot", { id: "1-0", ts: 0 });
    equal([stream.state.phase, stream.state.wasLive], ["live", true]);
    one.last().fail(0);
    one.last().open();
    equal(stream.state.phase, "connecting");
    one.pass(500);
    equal(stream.state.phase, "live");
    stream.close();
});

test("a snapshot that does not come is explained", async () => {
    const one = world({ statuses: { "/api/ready": 503 } });
    const stream = openStream({}, one);
    one.last().open();
    one.pass(2_000);
    await asked();
    equal([stream.state.phase, stream.state.problem.kind], ["connecting", "notReady"]);
    stream.close();
});

test("snapshot and reset go to the same handler; other events by name and pattern", () => {
    const one = world();
    const stream = openStream({}, one);
    const seen = [];
    stream.on("snapshot", (envelope) => seen.push(`snapshot ${envelope.event}`));
    stream.on("voice.*", (envelope) => seen.push(`pattern ${envelope.event}`));
    const off = stream.on("voice.left", () => seen.push("name"));
    one.last().open();
    one.last().send("snapshot", { id: "1-0", ts: 0 });
    one.last().send("voice.left", { id: "1-1", ts: 0 });
    off();
    one.last().send("voice.left", { id: "1-2", ts: 0 });
    one.last().send("reset", { id: "1-3", ts: 0 });
    equal(seen, ["snapshot snapshot", "pattern voice.left", "name", "pattern voice.left", "snapshot reset"]);
    equal(stream.lastEventId, "1-3");
    throws(() => stream.on("voice.sneezed", () => {}), "an unknown event");
    stream.close();
});

test("when the server ends an open stream, the browser's own reconnect is left to work", () => {
    const one = world();
    const stream = openStream({}, one);
    one.last().open();
    one.last().send("snapshot", { id: "1-0", ts: 0 });
    one.last().fail(0);
    equal([stream.state.phase, one.sources.length], ["connecting", 1]);
    one.last().open();
    one.pass(500);
    equal([stream.state.phase, one.sources.length], ["live", 1]);
    stream.close();
});

test("a closed EventSource is made anew after a while, from the last id", async () => {
    const one = world();
    const stream = openStream({ guilds: ["9"] }, one);
    one.last().open();
    one.last().send("snapshot", { id: "5-0", ts: 0 });
    one.last().fail(2);
    equal([stream.state.phase, stream.state.retryAt], ["lost", 1_000_500]);
    one.pass(499);
    equal(one.sources.length, 1);
    one.pass(1);
    equal([one.sources.length, one.last().url], [2, "/api/stream?guild=9&lastEventId=5-0"]);
    stream.close();
});

test("an unreachable server is asked less and less often", () => {
    const one = world({ statuses: { "/api/stream": 0 } });
    const stream = openStream({}, one);
    const waits = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
        one.last().fail(0);
        waits.push(stream.state.retryAt - one.now());
        one.pass(waits.at(-1));
    }
    equal(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    equal([backoff(1, 1), backoff(99, 1)], [1000, 30_000]);
    stream.close();
});

test("why there is no stream is found out", async () => {
    const cases = [
        [{ "/api/stream": 401 }, { kind: "unauthorised", status: 401 }],
        [{ "/api/stream": 403 }, { kind: "forbidden", status: 403 }],
        [{ "/api/stream": 502, "/api/ready": 503 }, { kind: "notReady", missing: [{ name: "redis", reason: "gone" }] }],
        [{ "/api/stream": 500 }, { kind: "refused", status: 500, detail: "said why" }],
        [{ "/api/stream": 0 }, { kind: "unreachable" }],
    ];
    for (const [statuses, expected] of cases) {
        const one = world({ statuses });
        const stream = openStream({}, one);
        one.last().fail(2);
        await asked();
        equal(stream.state.problem, expected);
        if (expected.status === 401) equal(stream.state.retryAt - one.now(), 30_000);
        stream.close();
    }
});

test("a server that opens streams only to end them is asked what it misses", async () => {
    for (const [ready, kind] of [[503, "notReady"], [200, "busy"]]) {
        const one = world({ statuses: { "/api/ready": ready } });
        const stream = openStream({}, one);
        for (let turn = 0; turn < 2; turn += 1) {
            equal(stream.state.problem, null);
            one.last().open();
            one.last().fail(0);
        }
        await asked();
        equal([stream.state.phase, stream.state.problem.kind, one.sources.length], ["connecting", kind, 1]);
        one.last().open();
        one.last().send("snapshot", { id: "1-0", ts: 0 });
        equal([stream.state.phase, stream.state.problem], ["live", null]);
        stream.close();
    }
});

test("a live stream on which nothing happens asks what is missing, and an event takes the worry away", async () => {
    const one = world({ statuses: { "/api/ready": 503 } });
    const stream = openStream({}, one);
    one.last().open();
    one.last().send("snapshot", { id: "1-0", ts: 0 });
    one.pass(59_000);
    await asked();
    equal(stream.state.problem, null);
    one.pass(2_000);
    await asked();
    equal([stream.state.phase, stream.state.problem.kind], ["live", "stale"]);
    one.last().send("voice.left", { id: "1-1", ts: 0 });
    equal(stream.state.problem, null);
    stream.close();
});

test("a refused viewer can try again at once, and so does a machine that is online again", () => {
    const one = world();
    const stream = openStream({}, one);
    one.last().fail(2);
    stream.reconnectNow();
    equal([one.sources.length, stream.state.phase], [2, "connecting"]);
    one.last().fail(2);
    one.events.dispatchEvent(new Event("online"));
    equal(one.sources.length, 3);
    stream.reconnectNow();
    equal(one.sources.length, 3);
    stream.close();
});

test("close cancels the pending reconnect and says nothing more", async () => {
    const one = world();
    const stream = openStream({}, one);
    const phases = [];
    stream.onState((state) => phases.push(state.phase));
    one.last().fail(2);
    stream.close();
    await asked();
    one.pass(600_000);
    one.events.dispatchEvent(new Event("online"));
    equal([one.sources.length, phases.at(-1), stream.state.phase], [1, "lost", "lost"]);
    truth([...one.timers.values()].every(({ at }) => at === 1_005_000), "a timer besides the limit of the question is left");
});

test("events of a source that was replaced are not heard", () => {
    const one = world();
    const stream = openStream({}, one);
    let heard = 0;
    stream.on("*", () => { heard += 1; });
    const [old] = one.sources;
    old.fail(2);
    stream.reconnectNow();
    old.send("voice.left", { id: "1-1", ts: 0 });
    equal(heard, 0);
    stream.close();
});

test("latency is a median, without replay and wrong clocks", () => {
    const one = world();
    const stream = openStream({}, one);
    one.last().open();
    one.last().send("snapshot", { id: "1-0", ts: 0 });
    for (const latency of [40, 90, 50, 3_000_000, -5_000_000]) one.last().send("voice.left", { id: "1-1", ts: one.now() - latency });
    equal(stream.state.latency, 50);
    stream.close();
});

test("an unreadable event is left out and the stream goes on", () => {
    const one = world();
    const stream = openStream({}, one);
    let heard = 0;
    stream.on("*", () => { heard += 1; });
    one.last().open();
    one.last().send("snapshot", { id: "1-0", ts: 0 });
    one.last().handlers["voice.left"]({ type: "voice.left", data: "{", lastEventId: "1-1" });
    one.last().send("voice.left", { id: "1-2", ts: 0 });
    equal([heard, stream.lastEventId], [1, "1-2"]);
    stream.close();
});

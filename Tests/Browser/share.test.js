import { ShareRoom, covers, isWanted, narrowed, union, wantsOf } from "/shared/stream-share.js";
import { linkKind } from "/shared/stream-links.js";
import { world } from "/tests/fake-world.js";
import { equal, test, truth } from "/tests/unit.js";

const all = wantsOf({});
const voice = wantsOf({ guilds: ["1"], events: ["voice.*"] });

/** A room whose members' messages are kept as text. */
function room(one = world()) {
    const got = {};
    const share = ShareRoom((ids, { type, name, envelope, state }) => {
        for (const id of ids) {
            got[id] ??= [];
            got[id].push(type === "state" ? state.phase : `${name} ${envelope.id}`);
        }
    }, one);
    const join = (id, wants = all, more = {}) => share.join({ id, wants, key: [], ...more });
    const events = (id) => (got[id] ?? []).filter((text) => text.includes(" "));
    return { ...share, one, got, join, events };
}

const send = (one, name, id, more = {}) =>
    one.last().send(name, { id, ts: 0, guild: "1", payload: { guilds: [] }, ...more });

test("what several want is asked for once, and everything where one wants everything", () => {
    equal(union([voice, wantsOf({ guilds: ["2"], events: ["message.*"], channels: ["3"] })]),
        { guilds: ["1", "2"], events: ["message.*", "voice.*"], channels: [] });
    equal(union([voice, all]), all);
    equal([covers(all, voice), covers(voice, all), covers(voice, voice)], [true, false, true]);
    const many = wantsOf({ guilds: Array.from({ length: 101 }, (_, index) => String(index)) });
    equal(union([many, voice]).guilds, []);
});

test("a member gets what the server would have sent it alone", () => {
    const event = (name, guild, payload) => ({ event: name, guild, payload });
    equal([["voice.left", "1"], ["voice.left", "2"], ["message.created", "1"]]
        .map(([name, guild]) => isWanted(voice, event(name, guild, {}))), [true, false, false]);
    const rooms = wantsOf({ channels: ["5"] });
    equal([{ channelId: "5" }, { channelId: "6" }, { channelId: "6", fromChannelId: "5" }, {}]
        .map((payload) => isWanted(rooms, event("voice.moved", "1", payload))), [true, false, true, true]);
    const view = {
        id: "1", counts: { members: 9, voice: 2 }, channels: [{ id: "5" }, { id: "6" }],
        voice: [{ channelId: "5" }, { channelId: "6" }], messages: [{ channelId: "6" }],
    };
    const part = narrowed({ guild: null, payload: { guilds: [view, { ...view, id: "2" }] } },
        wantsOf({ guilds: ["1"], channels: ["5"] }));
    equal(part, { guild: "1", payload: { guilds: [{
        id: "1", counts: { members: 9, voice: 1 }, channels: [{ id: "5" }], voice: [{ channelId: "5" }], messages: [],
    }] } });
});

test("a member that joins later gets a snapshot in its place; the others notice nothing", () => {
    const { one, join, events, got } = room();
    join("a");
    one.last().open();
    send(one, "snapshot", "1-0");
    send(one, "voice.left", "1-1");
    join("b", voice);
    equal([one.sources.length, one.last().url], [2, "/api/stream?lastEventId=1-1&snapshot=1"]);
    one.last().open();
    send(one, "voice.left", "1-2");
    send(one, "snapshot", "1-2");
    send(one, "voice.left", "1-3");
    send(one, "message.created", "1-4");
    equal(events("a"), ["snapshot 1-0", "voice.left 1-1", "voice.left 1-2", "voice.left 1-3", "message.created 1-4"]);
    equal(events("b"), ["snapshot 1-2", "voice.left 1-3"]);
    truth(!got.a.slice(2).includes("connecting"), "the first member heard of the second");
    equal(got.b.filter((text) => !text.includes(" ")), ["connecting", "live"]);
});

test("several that join at once share a snapshot, and one that wants more has it asked for", () => {
    const { one, join, events } = room();
    join("a", voice);
    join("b", voice);
    equal([one.sources.length, one.last().url], [1, "/api/stream?guild=1&events=voice.*"]);
    join("c");
    equal([one.sources.length, one.last().url], [2, "/api/stream"]);
    one.last().open();
    send(one, "snapshot", "1-0");
    equal(["a", "b", "c"].map(events), [["snapshot 1-0"], ["snapshot 1-0"], ["snapshot 1-0"]]);
});

test("a reset is everybody's, also of who waits", () => {
    const { one, join, events } = room();
    join("a");
    one.last().open();
    send(one, "snapshot", "1-0");
    join("b");
    one.last().open();
    send(one, "reset", "2-0");
    send(one, "snapshot", "2-0");
    equal([events("a"), events("b")], [["snapshot 1-0", "snapshot 2-0"], ["snapshot 2-0"]]);
});

test("each key has a stream of its own, which ends with its last member", () => {
    const { one, join, leave } = room();
    join("a", all, { key: ["k"] });
    join("b", all, { key: ["k"] });
    join("c");
    equal(one.sources.map(({ url }) => url), ["/api/stream?key=k", "/api/stream"]);
    leave("a");
    equal(one.sources.map(({ readyState }) => readyState), [0, 0]);
    leave("b");
    equal(one.sources.map(({ readyState }) => readyState), [2, 0]);
    leave("c");
    equal([one.last().readyState, one.timers.size], [2, 0]);
});

test("a stream that is led by another goes on from the members' position", () => {
    const { one, join, events } = room();
    join("a", all, { lastEventId: "1-7" });
    join("b", voice, { lastEventId: "1-7" });
    equal([one.sources.length, one.last().url], [1, "/api/stream?lastEventId=1-7"]);
    // One that has come to another place cannot go on here.
    join("c", voice, { lastEventId: "1-5" });
    equal([one.sources.length, one.last().url], [2, "/api/stream?lastEventId=1-7&snapshot=1"]);
    one.last().open();
    send(one, "voice.left", "1-8");
    send(one, "snapshot", "1-8");
    equal([events("a"), events("b"), events("c")], [["voice.left 1-8"], ["voice.left 1-8"], ["snapshot 1-8"]]);
});

test("the way to share is the best that the browser has", () => {
    const [SharedWorker, BroadcastChannel, locks] = [class {}, class {}, {}];
    equal([{ SharedWorker, BroadcastChannel, locks }, { BroadcastChannel, locks }, { BroadcastChannel }, {}].map(linkKind),
        ["worker", "leader", "alone", "alone"]);
});

import { MESSAGES_MAX, ACTIVITY_MAX, apply, continues, noGuilds, voiceByChannel, voiceMarks } from "/shared/guild.js";
import { EVENT_NAMES, namesMatching } from "/shared/events.js";
import { equal, test, throws, truth } from "/tests/unit.js";

const ada = { userId: "1", displayName: "Ada", avatar: null, bot: false };
const channels = [
    { id: "c2", name: "Later", type: 2, parentId: "k", position: 1 }, { id: "c1", name: "Sooner", type: 2, parentId: "k", position: 0 },
    { id: "k", name: "Rooms", type: 4, parentId: null, position: 3 }, { id: "t", name: "text", type: 0, parentId: null, position: 0 },
    { id: "c0", name: "Top", type: 13, parentId: null, position: 9 },
];
let number = 0;
const event = (name, payload, guild = "g") => ({ id: `1-${number += 1}`, event: name, guild, ts: 1000 + number, payload });
const opening = (view = {}) => apply(noGuilds, event("snapshot", { guilds: [{
    id: "g", name: "Guild", icon: null, counts: { members: 10, online: 4, voice: 0 }, channels, voice: [], messages: [], ...view }] }, null));
const after = (state, ...events) => events.reduce(apply, state).get("g");
const rooms = (guild) => voiceByChannel(guild).map(({ channel, members }) => [channel.id, members.map((one) => one.userId)]);
const written = (messageId, more = {}) => event("message.created", { messageId, channelId: "t", channelName: "text", ...ada, content: "hi", ...more });

test("voice channels come in Discord's order: by category, then by place in it", () => {
    equal(rooms(opening().get("g")), [["c0", []], ["c1", []], ["c2", []]]);
});

test("join, move, update and leave put a person into one place at a time", () => {
    const start = opening();
    const joined = after(start, event("voice.joined", { ...ada, channelId: "c1", channelName: "Sooner", selfMute: true }));
    equal(rooms(joined), [["c0", []], ["c1", ["1"]], ["c2", []]]);
    equal(joined.counts.voice, 1);
    const moved = after(new Map([["g", joined]]), event("voice.moved", { ...ada, channelId: "c2", fromChannelId: "c1" }));
    equal(rooms(moved), [["c0", []], ["c1", []], ["c2", ["1"]]]);
    const left = after(new Map([["g", moved]]), event("voice.left", { ...ada, channelId: "c2" }));
    equal([rooms(left), left.counts.voice], [[["c0", []], ["c1", []], ["c2", []]], 0]);
});

test("someone in a channel that is not listed is shown last, under its name", () => {
    const guild = after(opening(), event("voice.joined", { ...ada, channelId: "x", channelName: "Hidden hall" }));
    equal(voiceByChannel(guild).at(-1).channel.name, "Hidden hall");
});

test("apply changes nothing it is given", () => {
    const start = opening();
    const before = JSON.stringify([...start.get("g").voice]) + JSON.stringify(start.get("g").messages);
    after(start, event("voice.joined", { ...ada, channelId: "c1" }), written("m1"));
    equal(JSON.stringify([...start.get("g").voice]) + JSON.stringify(start.get("g").messages), before);
});

test("an event that changes nothing keeps the state's identity", () => {
    const start = opening();
    for (const one of [event("voice.left", ada), event("message.deleted", { messageId: "?" }), event("role.granted", ada, "other"),
        event("presence.updated", { ...ada, online: 4 }), event("message.updated", { messageId: "?" })]) {
        if (one.event === "voice.left") continue;      // it is noted as activity
        truth(apply(start, one) === start, `${one.event} made a new state`);
    }
});

test("messages are edited, deleted, and bounded", () => {
    let guild = after(opening(), written("m1"), event("message.updated", { messageId: "m1", content: "ho", editedAt: "2026" }));
    equal([guild.messages[0].content, guild.messages[0].edited], ["ho", true]);
    guild = after(new Map([["g", guild]]), event("message.deleted", { messageId: "m1" }));
    equal(guild.messages.length, 0);
    const many = Array.from({ length: MESSAGES_MAX + 7 }, (_, index) => written(`n${index}`));
    guild = after(opening(), ...many);
    equal([guild.messages.length, guild.messages[0].messageId], [MESSAGES_MAX, "n7"]);
});

test("reactions are counted only for messages seen from their beginning", () => {
    const old = { messageId: "old", channelId: "t", channelName: "text", ...ada, content: "x", ts: 1 };
    const reaction = (messageId) => event("reaction.added", { messageId, ...ada, emoji: { id: null, name: "👏" } });
    const guild = after(opening({ messages: [old] }), written("new"), reaction("old"), reaction("new"), reaction("new"));
    equal(guild.messages.map((one) => one.reactions.map(({ name, count }) => [name, count])), [[], [["👏", 2]]]);
    const gone = after(new Map([["g", guild]]), event("reaction.removed", { messageId: "new", emoji: { name: "👏" } }),
        event("reaction.removed", { messageId: "new", emoji: { name: "👏" } }));
    equal(gone.messages[1].reactions, []);
});

test("counts follow the events that carry them", () => {
    const guild = after(opening(), event("member.joined", { ...ada, members: 11 }), event("presence.updated", { ...ada, online: 5 }),
        event("presence.updated", { ...ada }));
    equal([guild.counts.members, guild.counts.online], [11, 5]);
});

test("channels appear, are renamed, and go", () => {
    const made = { channelId: "c9", name: "New", type: 2, parentId: "k", position: 7 };
    const guild = after(opening(), event("channel.created", made), event("channel.updated", { ...made, name: "Newer" }),
        event("channel.deleted", { channelId: "c1" }));
    equal(voiceByChannel(guild).map(({ channel }) => channel.name), ["Top", "Later", "Newer"]);
});

test("a reset replaces everything but the activity", () => {
    const busy = apply(apply(opening(), written("m1")), event("member.joined", { ...ada, members: 11 }));
    const guild = apply(busy, { ...event("reset", { guilds: [{ id: "g", name: "Other", counts: { members: 3, online: 1 } }] }), guild: null }).get("g");
    equal([guild.name, guild.messages.length, guild.counts.members, guild.activity.length], ["Other", 0, 3, 1]);
});

test("activity is bounded and newest first", () => {
    const many = Array.from({ length: ACTIVITY_MAX + 3 }, (_, index) => event("member.joined", { ...ada, members: index }));
    const guild = after(opening(), ...many);
    equal([guild.activity.length, guild.activity[0].id], [ACTIVITY_MAX, many.at(-1).id]);
});

test("activity is bounded for each kind, so that one does not push out the others", () => {
    const many = Array.from({ length: ACTIVITY_MAX + 9 }, () => event("reaction.added", { ...ada, messageId: "?", emoji: { name: "👏" } }));
    const guild = after(opening(), event("member.joined", { ...ada, members: 1 }), ...many);
    equal([guild.activity.length, guild.activity.at(-1).event], [ACTIVITY_MAX + 1, "member.joined"]);
});

test("since when somebody is in a room: as it is told, else as it was seen, else unknown", () => {
    const join = (payload) => event("voice.joined", { ...ada, channelId: "c1", ...payload });
    const since = (...events) => after(opening({ voice: [{ userId: "9", channelId: "c1", since: 5 }] }), ...events).voice.get("1")?.since;
    equal([since(join({ since: 7 })), since(join({ synthetic: true })), since(join({ since: null, synthetic: true })),
        since(join({ since: 7 }), event("voice.updated", { ...ada, channelId: "c1", since: null, selfMute: true }))], [7, null, null, 7]);
    const seen = join({});
    equal(since(seen), seen.ts);
    const moved = event("voice.moved", { ...ada, channelId: "c2" });
    equal(since(join({ since: 7 }), moved), moved.ts);
    equal(opening({ voice: [{ userId: "9", channelId: "c1", since: 5 }, { userId: "8", channelId: "c1" }] }).get("g").voice.get("9").since, 5);
});

test("a channel that goes takes its messages, its people, its threads and what happened in it", () => {
    const thread = { id: "th", name: "thread", type: 11, parentId: "t", position: 0 };
    const start = opening({ channels: [...channels, thread] });
    const guild = after(start, written("m1"), written("m2", { channelId: "th" }), written("m3", { channelId: "u" }),
        event("voice.joined", { ...ada, channelId: "c1" }), event("channel.deleted", { channelId: "t" }), event("channel.deleted", { channelId: "c1" }));
    equal([guild.messages.map(({ messageId }) => messageId), guild.voice.size, guild.counts.voice, guild.activity.length, guild.channels.length],
        [["m3"], 0, 0, 0, 3]);
});

test("a reset takes away what happened in channels that may no longer be seen", () => {
    const busy = apply(apply(opening(), event("voice.joined", { ...ada, channelId: "c1" })), event("voice.joined", { ...ada, channelId: "c2" }));
    const guild = apply(busy, { ...event("reset", { guilds: [{ id: "g", name: "G", channels: channels.filter(({ id }) => id !== "c1") }] }) }).get("g");
    equal(guild.activity.map(({ payload }) => payload.channelId), ["c2"]);
});

test("deafened says muted too", () => {
    equal(voiceMarks({ selfDeaf: true, selfMute: true }), ["deaf"]);
    equal(voiceMarks({ suppress: true, streaming: true, video: true }), ["stream", "video", "mute"]);
});

test("a message goes on from the one before it only from the same author, place and time", () => {
    const first = { ...ada, channelId: "t", ts: 0 };
    equal([continues(undefined, first), continues(first, { ...first, ts: 1000 }), continues(first, { ...first, ts: 300_000 }),
        continues(first, { ...first, channelId: "u" }), continues(first, { ...first, userId: "2" })],
    [false, true, false, false, false]);
});

test("someone without a display name is called something", () => {
    const guild = after(opening(), event("voice.joined", { userId: "2", username: "ben", channelId: "c1" }),
        event("message.created", { messageId: "m", userId: "3", channelId: "t" }));
    equal([guild.voice.get("2").displayName, guild.messages[0].displayName, guild.activity[0].displayName], ["ben", "Someone", "ben"]);
});

test("event patterns stand for names of the table, and unknown names throw", () => {
    equal(namesMatching("voice.*"), ["voice.joined", "voice.left", "voice.moved", "voice.updated"]);
    equal(namesMatching("*").length, EVENT_NAMES.length);
    throws(() => namesMatching("voice.sneezed"), "an unknown name");
});

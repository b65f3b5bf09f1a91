import { readOptions } from "/shared/overlay-options.js";
import { firstOf, roomsToShow } from "/overlays/voice/rooms.js";
import { apply, noGuilds, voiceByChannel } from "/shared/guild.js";
import { options as voice } from "/overlays/voice/options.js";
import { equal, test } from "/tests/unit.js";

const options = (query) => readOptions(voice, new URLSearchParams(query));

test("voice: people are counted over all channels, bots left out on request", () => {
    const person = (userId, channelId, bot = false) => [userId, { userId, channelId, displayName: userId, bot }];
    const guild = {
        channels: [{ id: "7", name: "A", type: 2, parentId: null, position: 0 }, { id: "8", name: "B", type: 2, parentId: null, position: 1 }],
        voice: new Map([person("1", "7"), person("2", "7", true), person("3", "8"), person("4", "8")]),
    };
    const shown = (query) => {
        const { rooms, more } = roomsToShow(guild, options(query));
        return [rooms.map(({ channel, members }) => channel.id + members.map((one) => one.userId).join("")), more];
    };
    equal(shown(""), [["712", "834"], 0]);
    equal(shown("hide=bots&max=2"), [["71", "83"], 1]);
    equal(shown("channel=8"), [["834"], 0]);
    equal(shown("max=2"), [["712"], 2]);
});

test("voice: the first of many are those that sorting all of them would give", () => {
    const numbers = Array.from({ length: 200 }, (_, at) => (at * 7919) % 211);
    for (const count of [0, 1, 7, 200, 300]) {
        equal(firstOf(numbers, count, (a, b) => a - b), [...numbers].sort((a, b) => a - b).slice(0, count), String(count));
    }
    const voice = Array.from({ length: 60 }, (_, at) => ({ userId: String(100 + at), displayName: `Guest ${(at * 37) % 20}`, channelId: String(7 + (at % 3)) }));
    const channels = [{ id: "8", name: "B", type: 2, parentId: null, position: 0 }, { id: "7", name: "A", type: 2, parentId: null, position: 1 }];
    const guild = apply(noGuilds, { event: "snapshot", payload: { guilds: [{ id: "1", channels, voice }] } }).get("1");
    const ids = (rooms) => rooms.map(({ channel, members }) => [channel.id, members.map(({ userId }) => userId)]);
    equal(ids(roomsToShow(guild, options("max=99")).rooms), ids(voiceByChannel(guild)));
});

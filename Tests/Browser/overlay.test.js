import { optionsFrom, roomsToShow } from "/overlays/voice/voice.js";
import { equal, test } from "/tests/unit.js";

const options = (query) => optionsFrom(new URLSearchParams(query));

test("what is missing or nonsense falls back to the usual", () => {
    for (const query of ["", "scale=x&max=&align=up&layout=heap", "scale=NaN&max=many"]) {
        const { align, layout, scale, max, channels } = options(query);
        equal([align, layout, scale, max, channels], ["left", "list", 1, 25, []], query);
    }
    equal([options("scale=99").scale, options("scale=0.1").scale, options("max=-3").max, options("max=2.9").max], [4, 0.5, 1, 2]);
});

test("channels may be repeated or comma-separated", () => {
    equal(options("channel=1&channel=2,3&channels=4").channels, ["1", "2", "3", "4"]);
});

test("people are counted over all channels, bots left out on request", () => {
    const person = (userId, channelId, bot = false) => [userId, { userId, channelId, displayName: userId, bot }];
    const guild = {
        channels: [{ id: "a", name: "A", type: 2, parentId: null, position: 0 }, { id: "b", name: "B", type: 2, parentId: null, position: 1 }],
        voice: new Map([person("1", "a"), person("2", "a", true), person("3", "b"), person("4", "b")]),
    };
    const shown = (query) => {
        const { rooms, more } = roomsToShow(guild, options(query));
        return [rooms.map(({ channel, members }) => channel.id + members.map((one) => one.userId).join("")), more];
    };
    equal(shown(""), [["a12", "b34"], 0]);
    equal(shown("hide=bots&max=2"), [["a1", "b3"], 1]);
    equal(shown("channel=b"), [["b34"], 0]);
    equal(shown("max=2"), [["a12"], 2]);
});

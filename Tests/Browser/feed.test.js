import { inOrder } from "/dashboard/live/channel-menu.js";
import { fold, matcher, parse, pieces } from "/dashboard/live/feed-search.js";
import { FeedStore } from "/dashboard/live/feed-store.js";
import { Series } from "/dashboard/live/series.js";
import { equal, test, truth } from "/tests/unit.js";

let number = 0;
const written = (messageId, more = {}) => ({ id: `2-${number += 1}`, event: "message.created", guild: "g", ts: 1000 + number,
    payload: { messageId, channelId: "t", channelName: "text", userId: "1", displayName: "Ada", content: "hi", ...more } });
const event = (name, payload) => ({ id: `2-${number += 1}`, event: name, guild: "g", ts: 1000 + number, payload });
const held = (store) => store.messages.map(({ messageId }) => messageId);
const storeOf = (ids, most = 5) => {
    const store = FeedStore(most);
    for (const id of ids) store.receive(written(id), []);
    return store;
};

test("the feed is bounded, and a message is in it once", () => {
    const store = storeOf(["a", "b", "c", "d", "e", "f", "f"]);
    equal(held(store), ["b", "c", "d", "e", "f"]);
});

test("edits, reactions and deletions change the message they are of, and the version", () => {
    const store = storeOf(["a", "b"]);
    const before = store.version;
    store.receive(event("message.updated", { messageId: "a", content: "ho", editedAt: "2026" }), []);
    store.receive(event("reaction.added", { messageId: "b", emoji: { id: null, name: "👏" } }), []);
    equal(store.messages.map(({ content, edited, reactions }) => [content, edited, reactions.length]), [["ho", true, 0], ["hi", false, 1]]);
    store.receive(event("message.deleted", { messageId: "a" }), []);
    equal([held(store), store.version - before], [["b"], 3]);
    store.receive(event("message.deleted", { messageId: "?" }), []);
    store.receive(event("message.updated", { messageId: "?" }), []);
    equal(store.version - before, 3);
});

test("a channel that goes takes its messages and those of its threads, a category does not", () => {
    const store = FeedStore(9);
    const channels = [{ id: "t", type: 0 }, { id: "th", type: 11, parentId: "t" }, { id: "cat", type: 4 }, { id: "u", type: 0, parentId: "cat" }];
    for (const [id, channelId] of [["a", "t"], ["b", "th"], ["c", "u"]]) store.receive(written(id, { channelId }), channels);
    store.receive(event("channel.deleted", { channelId: "cat" }), channels);
    equal(held(store), ["a", "b", "c"]);
    store.receive(event("channel.deleted", { channelId: "t" }), channels);
    equal(held(store), ["c"]);
});

test("a channel's new name stands at its messages", () => {
    const store = storeOf(["a"]);
    store.receive(event("channel.updated", { channelId: "t", name: "newer" }), []);
    equal(store.messages[0].channelName, "newer");
});

test("while it is paused nothing comes, what waits is counted and bounded, and what is deleted goes of both", () => {
    const store = storeOf(["a", "b"]);
    store.pause();
    for (const id of ["c", "d", "e", "f", "g", "h", "i"]) store.receive(written(id), []);
    equal([held(store), store.waiting()], [["a", "b"], 7]);
    store.receive(event("message.deleted", { messageId: "a" }), []);
    store.receive(event("message.deleted", { messageId: "h" }), []);
    equal([held(store), store.waiting()], [["b"], 6]);
    store.resume();
    equal([held(store), store.waiting()], [["b", "e", "f", "g", "i"], 0]);
});

test("a snapshot leaves nothing of before, not of what waited either", () => {
    const store = storeOf(["a"]);
    store.pause();
    store.receive(written("b"), []);
    store.begin({ messages: [{ messageId: "c" }] });
    store.resume();
    equal(held(store), ["c"]);
});

test("a search is words, phrases, names and channels", () => {
    equal(parse('Hello "two words" from:@Ada in:#help FROM: x'), { words: ["hello", "two words"], from: ["ada", "x"], in: ["help"] });
    equal(parse('from: "Ada Brandt" ""'), { words: [], from: ["ada brandt"], in: [] });
    equal(parse("x ".repeat(500)).words.length, 12);
});

test("case, accents and what is piled up on letters do not count", () => {
    equal(["CAFÉ", "Benoît", "Z\u0300\u0316a\u0489lgo", "ﬁn"].map(fold), ["cafe", "benoit", "zalgo", "fin"]);
});

test("all words have to be there; names count too", () => {
    const message = (content, more = {}) => ({ content, displayName: "Benoît", username: "ben", channelName: "help", channelId: "1", ...more });
    const finds = (query, one, channels = []) => matcher(parse(query), new Set(channels))(one);
    const one = message("The Café is open");
    equal(["cafe open", "cafe shut", "benoit", "from:ben", "from:ada", "in:help cafe", "in:general", '"is open"', ""].map((query) => finds(query, one)),
        [true, false, true, true, false, true, false, true, true]);
    equal([finds("cafe", one, ["1"]), finds("cafe", one, ["2"])], [true, false]);
});

test("hits are marked where they stand in the text as it was written", () => {
    const marks = (text, ...words) => pieces(text, words).map(({ text: part, isHit }) => (isHit ? `[${part}]` : part)).join("");
    equal(marks("The Café, the cafe\u0301!", "cafe"), "The [Café], the [cafe\u0301]!");
    equal(marks("ﬁne ﬁ 👩‍👩‍👧 fine", "fin", "👧"), "[ﬁn]e ﬁ 👩‍👩‍[👧] [fin]e");
    equal(marks("ﬁne", "f"), "[ﬁ]ne");
    equal(marks("aaaa", "aa"), "[aaaa]");
    equal(marks("nothing", "x"), "nothing");
    equal(pieces("plain", []), [{ text: "plain", isHit: false }]);
});

test("channels to choose from stand as in Discord, threads behind their channel, categories not at all", () => {
    const channels = [["v", 2, "k2", 0], ["k2", 4, null, 5], ["t2", 0, "k1", 1], ["k1", 4, null, 1], ["t1", 0, "k1", 0], ["th", 11, "t1", 0],
        ["top", 0, null, 9]].map(([id, type, parentId, position]) => ({ id, type, parentId, position, name: id }));
    equal(inOrder(channels).map(({ id }) => id), ["top", "t1", "th", "t2", "v"]);
});

test("a series keeps the last values: levels stay, counts begin anew", () => {
    const level = Series(4, 10);
    level.set(5, 0);
    level.set(7, 9);
    level.set(8, 31);
    equal(level.values, [7, 7, 7, 8]);
    level.set(9, 1_000_000);
    equal(level.values.length, 4);
    level.set(4, 3);
    truth(level.values.length <= 4 && level.values.at(-1) === 4, "a clock that was set back");
    const counts = Series(4, 10);
    counts.add(0);
    counts.add(5);
    counts.add(25, 3);
    equal(counts.values, [2, 0, 3]);
});

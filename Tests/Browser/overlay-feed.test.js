import { badWords } from "/overlays/feed/bad-words.js";
import { entriesToShow, isShown, messageEntry, messageParts, rememberJoin } from "/overlays/feed/entries.js";
import { options } from "/overlays/feed/options.js";
import { readOptions } from "/shared/overlay-options.js";
import { wordsOf } from "/shared/overlay-words.js";
import { equal, test, truth } from "/tests/unit.js";

const values = (query = "") => readOptions(options, new URLSearchParams(query));
const none = badWords([]);
const words = wordsOf("en");
const names = { user: () => undefined, channel: () => undefined };
const message = (more = {}) => ({ messageId: "1", channelId: "5", userId: "9", displayName: "Ada", content: "hello", attachments: 0, ts: 1, ...more });
const text = (content, query = "", filter = none) => messageParts(content, values(query), filter, words, names).map((part) => part.text).join("|");

test("bad words: masked as whole words, whatever they are dressed up as", () => {
    const { mask, found } = badWords(["darn", "so what"]);
    equal(["darn!", "DARN", "dаrn", "d4rn", "dárn", "d​arn", "d̷a̷r̷n̷", "darning", "undarn", "so  what?"].map(mask),
        ["••••!", "••••", "••••", "••••", "••••", "•••••", "••••••••", "darning", "undarn", "••  ••••?"]);
    truth(found("oh DARN") && !found("garden"), "found");
});

test("bad words: a star stands for any letters; a number is no word; signs of patterns are signs", () => {
    equal(badWords(["darn*"]).mask("darning darned undarn"), "••••••• •••••• undarn");
    equal(badWords(["*darn"]).mask("undarn darning"), "•••••• darning");
    equal([badWords(["ass"]).mask("455 a55"), badWords(["a.c", "(x"]).mask("abc a.c (x")], ["455 •••", "abc ••• ••"]);
    for (const odd of [[], [""], ["*"], ["  "], ["[", "\\", "(?"]]) equal(badWords(odd).mask("hello"), "hello");
});

test("feed: which messages are shown", () => {
    const shown = (more, query = "", filter = none) => isShown(message(more), values(query), filter, query.includes("drop"));
    truth(shown({}) && shown({ type: 19 }) && shown({ content: "", attachments: 2 }), "what people write");
    truth(!shown({ type: 8 }) && !shown({ content: " ​" }), "notices and nothing at all");
    truth(shown({}, "channel=5") && !shown({}, "channel=6"), "channels");
    truth(!shown({ bot: true }, "hide=bots") && shown({ bot: true }), "bots");
    truth(!shown({ webhook: true }, "hide=webhooks") && shown({ webhook: true, bot: true }, "hide=bots"), "webhooks");
    const filter = badWords(["darn"]);
    truth(!shown({ content: "oh darn" }, "filter=drop", filter) && !shown({ displayName: "Darn" }, "filter=drop", filter), "dropped");
    truth(shown({ content: "oh darn" }, "", filter), "masked only");
});

test("feed: links are hidden, shortened or shown", () => {
    const content = "see https://www.example.org/a?b=c now";
    equal([text(content), text(content, "links=site"), text(content, "links=show")],
        ["see |link| now", "see |example.org| now", "see |https://www.example.org/a?b=c| now"]);
});

test("feed: text is cut to its length over all pieces, without cutting emoji apart", () => {
    const family = "👩‍👩‍👧‍👦";
    equal(text("x".repeat(50), "length=20"), `${"x".repeat(20)}…`);
    equal(text(`${"x".repeat(19)}${family}${family}`, "length=20"), `${"x".repeat(19)}${family}…`);
    equal(text(`${"x".repeat(20)} <@1> more`, "length=20"), `${"x".repeat(20)}…`);
    equal(text(`${"x".repeat(10)} <@1> and so on and on`, "length=20"), `${"x".repeat(10)} |@member| a…`);
    truth(text("W".repeat(4000), "length=500").length === 501, "long");
});

test("feed: a bad word is masked in text and in names", () => {
    const filter = badWords(["darn"]);
    const entry = messageEntry(message({ displayName: "Darn", content: "oh darn" }), values(), filter, words, names);
    equal([entry.name, entry.parts[0].text], ["••••", "oh ••••"]);
    const long = messageEntry(message({ displayName: `${"x".repeat(45)} darn` }), values(), filter, words, names);
    equal(long.name, `${"x".repeat(45)} ••…`, "a word that is cut is masked all the same");
});

test("feed: newest entries that have not faded, in the order asked for", () => {
    const entries = [3, 1, 2, 5, 4].map((ts) => ({ id: `${ts}`, ts: ts * 1000 }));
    const ids = (query, now = 6000) => entriesToShow(entries, values(query), now).map(({ id }) => id).join("");
    equal([ids(""), ids("limit=2"), ids("newest=first&limit=3"), ids("fade=3"), ids("fade=1")], ["12345", "45", "543", "45", ""]);
});

test("feed: who joined is remembered until others push them out, and no longer once they left", () => {
    const memory = {};
    const told = (event, userId, id) => rememberJoin(memory, { id, event, ts: 1, payload: { userId } });
    for (let at = 0; at < 40; at += 1) told("member.joined", String(at), `e${at}`);
    equal([memory.joins.length, memory.joins.at(-1).payload.userId], [30, "39"]);
    told("member.left", "39", "x");
    told("member.joined", "38", "again");
    equal([memory.joins.length, memory.joins.at(-1).id], [29, "again"]);
});

import { clean, personName } from "/shared/overlay-text.js";
import { languages, wordsOf } from "/shared/overlay-words.js";
import { ServerClock } from "/shared/overlay-clock.js";
import { lastMilestone, milestonesFrom, nextMilestone, watchMilestones } from "/shared/overlay-milestones.js";
import { lookVariables } from "/shared/overlay-look.js";
import { RuleBook, askEvery, rulesFrom, withPreset } from "/shared/overlay-rules.js";
import { makeSample, sampleEvent, sampleSnapshot, withSampleChannels, withSamples } from "/shared/overlay-samples.js";
import { apply, noGuilds } from "/shared/guild.js";
import { countAt } from "/shared/overlay-count.js";
import { makePieces, movePiece } from "/shared/overlay-confetti.js";
import { overlay as scene, partParameters, partsOf } from "/overlays/scene/scene.js";
import { options as sceneTable } from "/overlays/scene/options.js";
import { partOf } from "/overlays/stat/stat.js";
import { languageNames } from "/shared/overlay-look-options.js";
import { readOptions, usualValues } from "/shared/overlay-options.js";
import { equal, test, truth } from "/tests/unit.js";

test("text: what turns, overlaps or hides is taken out, the rest is cut by signs", () => {
    equal(["a\u202eb\u2066c", "a\u0000b\nc", "Z\u0300\u0301\u0302\u0303\u0304", "  x   y ", "\u200b\u2060", "\u202e", "\u3164"].map((one) => clean(one, 9)),
        ["abc", "ab c", "Z\u0300\u0301\u0302", "x y", "", "", ""]);
    equal([clean("abcdef", 3), clean("ab ", 2), clean("👩‍👩‍👧‍👦👩‍👩‍👧‍👦x", 2), clean("فارسی\u200cها", 20)], ["abc…", "ab", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦…", "فارسی\u200cها"]);
    truth(clean("W".repeat(4000), 48).length === 49 && clean("\u0301".repeat(4000), 48).length < 60, "long ones are short");
    equal([clean(null, 5), clean({}, 5), clean(undefined, 5)], ["", "", ""]);
    equal([personName({ displayName: "\u200b", username: "ada" }, "Someone"), personName({}, "Someone")], ["ada", "Someone"]);
});

test("words: every language has every word, of the same kind, and is one that can be asked for", () => {
    const shape = (words) => Object.entries(words).map(([name, word]) => `${name}:${typeof word === "object" ? Object.keys(word) : typeof word}`).sort();
    for (const [name, words] of Object.entries(languages)) equal(shape(words), shape(languages.en), name);
    equal(Object.keys(languages), [...languageNames]);
    equal([wordsOf("de").number(12345), wordsOf("en").number(12345), wordsOf("xx").nobody], ["12.345", "12,345", languages.en.nobody]);
    const { elapsed } = wordsOf("en");
    equal([-5, 0, 59_000, 60_000, 3_599_000, 3_900_000].map(elapsed), ["now", "now", "now", "1 min", "59 min", "1 h 05"]);
});

test("clock: the server's time, whatever this computer's clock says", () => {
    let local = 1_000_000;
    const clock = ServerClock(() => local);
    equal(clock.now(), 1_000_000);
    clock.heard(5_000_000);
    clock.heard(4_990_000);             // replay lies behind
    equal(clock.now(), 5_000_000);
    local += 700;
    equal(clock.now(), 5_000_700);
    clock.heard(NaN);
    for (let at = 0; at < 40; at += 1) clock.heard(local - 2_000);      // the clock was set right
    equal(clock.now(), local - 2_000);
});

test("milestones: the next and the last one, of a guild's own list and beyond it", () => {
    equal([0, 99, 100, 9_999, 10_000, 25_000, 60_000, 999_999].map((count) => nextMilestone(count, [])),
        [100, 100, 250, 10_000, 25_000, 50_000, 100_000, 1_000_000]);
    equal([0, 99, 100, 12_345, 25_000].map((count) => lastMilestone(count, [])), [0, 0, 100, 10_000, 25_000]);
    const own = milestonesFrom(["300", 7, "x", -1, 7, 1.5, 900]);
    equal(own, [7, 300, 900]);
    equal([0, 7, 899, 900, 1000].map((count) => nextMilestone(count, own)), [7, 300, 900, 1000, 2500]);
    equal([0, 7, 299, 900, 999, 1000].map((count) => lastMilestone(count, own)), [0, 7, 7, 900, 900, 1000]);
});

test("milestones: each is told once, the first count tells none, and what nobody counted is nothing", () => {
    const told = [];
    let best = null;
    for (const count of [0, 98, 99, 100, 99, 100, 101, 0, 251, 250, 1_200]) {
        const step = watchMilestones(best, count, []);
        best = step.best;
        told.push(step.reached);
    }
    equal(told, [null, null, null, 100, null, null, null, null, 250, null, 1000]);
    equal(watchMilestones(1_284, 1_284, [1_200]), { best: 1_284, reached: null });
});

test("look: only what the address says becomes a variable", () => {
    const table = sceneTable;
    truth(Object.values(lookVariables(usualValues(table))).every((value) => value === null || value === undefined), "nothing is set");
    const set = lookVariables(readOptions(table, new URLSearchParams("plate=ff800080&font=Noto+Sans&scale=2&accent=0f0&radius=4&opacity=0")));
    equal([set["--overlay-plate-colour"], set["--overlay-plate-opacity"], set["--overlay-scale"], set["--overlay-accent"], set["--overlay-radius"]],
        ["255 128 0", "0%", "2", "#00ff00", "4px"]);
    truth(set["--overlay-font"].startsWith("\"Noto Sans\", "), "font");
});

test("presets: the address counts more, and says alone where the picture comes from", () => {
    const merged = withPreset(new URLSearchParams("guild=1&key=a&key=b&max=3&preset=p"), "guild=2&key=c&sample=1&max=9&style=neon&hide=names&preset=q");
    equal([...merged].map((pair) => pair.join("=")).sort(), ["guild=1", "hide=names", "key=a", "key=b", "max=3", "preset=p", "style=neon"]);
    equal(withPreset(new URLSearchParams("max=3"), "key=c&guild=2&hide=bots").toString(), "hide=bots&max=3");
    equal(rulesFrom({ badWords: ["a", 1, null], milestones: [5, "x", 2.5] }), { badWords: ["a"], milestones: [5] });
    equal(rulesFrom(null), { badWords: [], milestones: [] });
});

test("samples: they are in the picture for as long as they last, and change nothing else", () => {
    const snapshot = sampleSnapshot(1_000_000);
    const guild = apply(noGuilds, snapshot).values().next().value;
    truth(withSamples(guild, []) === guild, "none");
    const samples = ["voice", "message", "member"].map((kind, at) => makeSample(kind, at, 5_000));
    const shown = withSamples(guild, samples);
    equal([shown.voice.size - guild.voice.size, shown.messages.length - guild.messages.length, guild.voice.size], [1, 1, 6]);
    equal(withSamples(guild, samples, ["9002"]).voice.get("sample-0").channelId, "9002");
    equal([makeSample("other", 1, 0), samples[0].until], [null, 13_000]);
    const state = Array.from({ length: 30 }, (_, step) => sampleEvent(step, 2_000_000)).reduce((guilds, [event, payload], step) =>
        apply(guilds, { id: `${step}`, event, guild: "9000", ts: 1, payload }), apply(noGuilds, snapshot)).get("9000");
    truth(state.voice.size >= 6 && state.voice.size <= 7 && state.counts.members > 997, "the made-up community lives on");
});

test("stat: a number runs to its next value and stops there; a goal is part of a whole", () => {
    equal([countAt(10, 20, 0), countAt(10, 20, 900), countAt(10, 20, 9_000), countAt(10, 20, -5)], [10, 20, 20, 10]);
    truth(countAt(0, 1_000, 450) > 500, "fast first");
    equal([partOf(5, 10), partOf(50, 10), partOf(-5, 10), partOf(5, 0)], [0.5, 1, 0, 0]);
});

test("confetti: bounded, and all of it falls out of sight", () => {
    const pieces = makePieces(1920, 1080, 8, 6, () => 0.5);
    equal(pieces.length, 250);
    for (let step = 0; step < 400; step += 1) pieces.forEach((piece) => movePiece(piece, 0.05, 1080));
    truth(pieces.every((piece) => !movePiece(piece, 0.05, 1080)), "gone after twenty seconds");
});

test("scene: a part has its own options and the scene's look", () => {
    const parameters = new URLSearchParams("voice.max=5&style=neon&feed.style=glass&stat-2.stat=online&place=voice:0,0,30,90;feed:70,0,30,90;stat-2:40,0,20,20");
    equal(partParameters("voice", parameters).toString(), "max=5&style=neon");
    const parts = partsOf(readOptions(sceneTable, parameters), parameters);
    equal(parts.map(({ name, values, looksOwn }) => [name, values.style, values.align, looksOwn]),
        [["voice", "neon", "left", false], ["feed", "glass", "right", true], ["stat-2", "neon", "center", false]]);
    equal([parts[0].values.max, parts[2].values.stat], [5, "online"]);
});

test("scene: what happens before it is first drawn is remembered; messages that no part shows take no room", () => {
    const parameters = new URLSearchParams("place=feed:0,0,20,20;feed-2:40,0,20,20;stat:70,0,20,20&feed.channel=5&feed-2.channel=6");
    const values = readOptions(sceneTable, parameters);
    const memory = {};
    scene.remember(memory, { id: "1", event: "member.joined", ts: 1, payload: { userId: "9" } }, values, parameters);
    equal(["feed", "feed-2"].map((name) => memory[name].joins.length), [1, 1]);
    equal(["5", "6", "7"].map((channelId) => scene.keeps({ channelId }, values, parameters)), [true, true, false]);
});

test("samples: as many channels of their own stand for those that were chosen", () => {
    const table = [{ name: "channel", picks: "voice-channel" }, { name: "text", picks: "text-channel" }, { name: "max" }];
    equal(withSampleChannels(table, { channel: ["1"], text: ["2", "3"], max: 4 }), { channel: ["9001"], text: ["9010"], max: 4 });
    equal(withSampleChannels(table, { channel: [], max: 4 }), { channel: [], max: 4 });
});

test("rules: after a change they are asked for once more, since the server asked may not have heard of it", async () => {
    const [realFetch, realTimeout] = [window.fetch, window.setTimeout];
    const due = [];
    let words = ["old"];
    window.fetch = async () => new Response(JSON.stringify({ badWords: words, milestones: [] }), { status: 200 });
    window.setTimeout = (body, delay) => due.push({ body, delay });
    const told = [];
    const book = RuleBook({ guild: "77", keys: [], preset: "", wantsRules: true }, ({ rules }) => told.push(rules?.badWords));
    const settled = () => new Promise((done) => { realTimeout.call(window, done, 0); });
    const next = async () => {
        const { body, delay } = due.filter(({ body: one }) => one.name !== "").at(-1);
        due.length = 0;
        body();
        await settled();
        return delay;
    };
    try {
        await settled();
        book.askSoon();
        truth(await next() < 5_000, "soon");
        words = ["new"];
        const second = await next();
        truth(second >= 10_000 && second < 20_000, `once more after ${second} ms`);
        truth(await next() >= askEvery, "now and then");
        equal(told.at(-1), ["new"]);
    } finally {
        book.close();
        window.fetch = realFetch;
        window.setTimeout = realTimeout;
        localStorage.removeItem("guildwire-overlay-rules-77");
    }
});

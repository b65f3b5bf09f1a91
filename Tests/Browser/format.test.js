import { ago, clockTime, duration, fullTime, hue, initials, plain, segments, stay, timeOfDay } from "/shared/format.js";
import { equal, test, truth } from "/tests/unit.js";

test("time that has passed is told shortly, and the future is now", () => {
    const seconds = [-50, 0, 4, 12, 59, 60, 3599, 3600, 86_399];
    equal(seconds.map((second) => ago(0, second * 1000)), ["now", "now", "now", "10 s", "55 s", "1 min", "59 min", "1 h", "23 h"]);
    truth(/\d/.test(ago(0, 90_000_000)), "a date");
});

test("what no date can say is not told, and years ago have their year", () => {
    for (const ts of [9e18, -9e18, NaN, null, undefined, "1"]) {
        equal([ago(ts, 0), clockTime(ts, 0), fullTime(ts), timeOfDay(ts), stay(ts, 0)], ["", "", "", "", ""], String(ts));
    }
    const now = 1_732_147_200_000;
    truth(ago(now - 900 * 86_400_000, now).includes("2022"), "the year");
    equal(clockTime(now + 86_400_000, now), timeOfDay(now), "the future");
});

test("how long somebody has been in a room", () => {
    const minutes = [-5, 0, 0.9, 1, 59.9, 60, 65, 1439, 1440, 72_000];
    equal(minutes.map((one) => stay(0, one * 60_000)), ["now", "now", "now", "1 min", "59 min", "1 h 00", "1 h 05", "23 h 59", "1 d", "50 d"]);
});

test("plain text is cut at whole signs, and what turns around is kept to itself", () => {
    equal([plain("abc", 3), plain("abcd", 3), plain("🦊🦊🦊🦊", 3), plain("🦊".repeat(4000), 2)], ["abc", "abc…", "🦊🦊🦊…", "🦊🦊…"]);
    equal(plain("\u202eevil"), "\u2068\u202eevil\u2069");
});

test("durations", () => equal([0.4, 41.6, 1234].map(duration), ["0 ms", "42 ms", "1.2 s"]));

test("initials stand for any name", () => {
    equal(["Ada Brandt", "benoît", "x_y", "  ", "🦊", "🦊 Fox", "李 小龙", "a b c"].map(initials), ["AB", "B", "XY", "?", "🦊", "F", "李小", "AB"]);
});

test("a hue is a number of degrees and always the same", () => {
    for (const id of ["1", "197038439483310086", "🦊"]) {
        truth(hue(id) >= 0 && hue(id) < 360, id);
        equal(hue(id), hue(id));
    }
});

test("Discord's markup becomes pieces, everything else stays text", () => {
    const names = { user: (id) => ({ 7: "Ada" })[id], channel: (id) => ({ 8: "help" })[id] };
    const cases = [
        ["plain <b>text</b>", [["text", "plain <b>text</b>"]]],
        ["<@7> and <@!7> and <@9>", [["mention", "@Ada"], ["text", " and "], ["mention", "@Ada"], ["text", " and "], ["mention", "@member"]]],
        ["see <#8>!", [["text", "see "], ["mention", "#help"], ["text", "!"]]],
        ["<a:party:123>`x < y`", [["emoji", ":party:"], ["code", "x < y"]]],
        ["(https://example.org/a?b=1).", [["text", "("], ["link", "https://example.org/a?b=1"], ["text", ")."]]],
        ["javascript:alert(1)", [["text", "javascript:alert(1)"]]],
        ["<@abc> <:x:1> ``", [["text", "<@abc> <:x:1> ``"]]],
        ["<t:9999999999999:F>", [["text", "<t:9999999999999>"]]],
        ["", []],
    ];
    for (const [content, expected] of cases) equal(segments(content, names).map(({ kind, text }) => [kind, text]), expected, content);
});

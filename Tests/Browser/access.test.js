import { describeAgent } from "/account/agent.js";
import { addressOf, chapters, curlOf, example, inWords, members } from "/docs/document.js";
import { overlayAddress } from "/manage/key-token.js";
import { filled, stateOf } from "/manage/key-card.js";
import { APIProblem, at, explain } from "/shared/api.js";
import { relative } from "/shared/format.js";
import { equal, test, truth } from "/tests/unit.js";

const day = 86_400_000;

test("values of an address are encoded", () => {
    equal(at`/api/guilds/${"1/../2?x"}/keys`, "/api/guilds/1%2F..%2F2%3Fx/keys");
});

test("problems say what to do", () => {
    const words = (facts) => Object.values(explain(new APIProblem(facts))).join(". ");
    equal(words({ status: 0 }), "The server cannot be reached. Check the network, then try again.");
    equal(words({ status: 429, retryAfter: 7 }), "Too many requests. Try again in 7 s.");
    equal(words({ status: 503, detail: "This needs a database. Set DATABASE_URL at the web service." }),
        "Not available now. This needs a database. Set DATABASE_URL at the web service. Try again in a moment.");
    truth(words({ status: 500 }).includes("500"), "the status of a failure");
    equal(words({ status: 418 }), "That did not work. The server answered 418.");
});

test("times are told before and after", () => {
    const now = 1_732_147_200_000;
    equal([relative(now - 3 * day, now), relative(now + 2 * 3_600_000, now), relative(now - 20_000, now), relative(now + 400 * day, now)],
        ["3 days ago", "in 2 hours", "now", "next year"]);
});

test("a browser is told in words", () => {
    const words = (agent) => describeAgent(agent).words;
    equal(words("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0"),
        "Edge on Windows");
    equal(words("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"), "Firefox on Linux");
    equal(words("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"),
        "Safari on macOS");
    equal(words("curl/7.88.1"), "curl/7.88.1");
    equal([words(null), words("")], ["Unknown browser", "Unknown browser"]);
    truth(words("x".repeat(4_000)).length <= 60, "a short text");
});

test("a key is active, ending, rotated or over", () => {
    const now = 1_732_147_200_000;
    const state = (key) => { const { isActive, words } = stateOf({ revoked: null, expires: now + 90 * day, ...key }, now); return [isActive, words]; };
    equal(state({}), [true, "Active"]);
    equal(state({ expires: now + 2 * day }), [true, "Ends in 2 days"]);
    equal(state({ expires: now - 1 }), [false, "Expired"]);
    equal(state({ revoked: now - 1 }), [false, "Revoked"]);
    equal(state({ revoked: now + 3_600_000 }), [true, "Ends in 1 hour"]);
});

test("days without a request are there too", () => {
    const now = Date.UTC(2026, 10, 22, 12);
    const days = filled([{ day: "2026-11-22", requests: 3 }, { day: "2026-11-20", requests: 5 }], now);
    equal([days.length, days[0].day, days.slice(-3).map(({ requests }) => requests)], [14, "2026-11-09", [5, 0, 3]]);
});

test("an overlay's address holds guild and key", () => {
    equal(overlayAddress({ id: "101" }, "gwk1.a+b", "https://example.org"),
        "https://example.org/overlays/voice?guild=101&key=gwk1.a%2Bb");
});

const document = {
    tags: [{ name: "Guilds" }, { name: "Empty" }],
    paths: { "/api/guilds/{guild}/keys": { post: {
        operationId: "makeKey", tags: ["Guilds"], summary: "Make a key", security: [{ session: [] }, { key: ["stream"] }],
        parameters: [{ name: "guild", in: "path", required: true, schema: { type: "string", pattern: "^[1-9][0-9]{0,18}$" } },
            { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 100 } }],
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/New" } } } },
        responses: { 201: { description: "It", content: { "application/json": { schema: { type: "object" } } } } },
    } } },
    components: { schemas: {
        New: { type: "object", required: ["name", "inner"], properties: { name: { type: "string", minLength: 1, maxLength: 64 },
            inner: { type: "object", required: ["n"], properties: { n: { type: "integer", minimum: 3 } } }, other: { $ref: "#/components/schemas/New" } } },
    } },
};

test("a document is read by chapters", () => {
    const [{ tag, operations: [operation] }] = chapters(document);
    equal([tag, operation.method, operation.access.scopes, operation.access.anyone], ["Guilds", "POST", ["stream"], false]);
    equal(addressOf(operation, { guild: "5/6", limit: "" }), "/api/guilds/5%2F6/keys");
    equal(addressOf(operation, { limit: "9" }), "/api/guilds/{guild}/keys?limit=9");
});

test("shapes are told in words, and end where they hold themselves", () => {
    equal(inWords(document, { type: ["integer", "null"], minimum: 1, maximum: 9 }), "whole number, 1 to 9 or null");
    equal(inWords(document, { type: "array", items: { type: "string", pattern: "^[1-9][0-9]{0,18}$" } }), "list of id");
    equal(members(document, { $ref: "#/components/schemas/New" }).map(({ name, depth }) => [name, depth]),
        [["name", 0], ["inner", 0], ["n", 1], ["other", 0]]);
    equal(example(document, { $ref: "#/components/schemas/New" }), { name: "", inner: { n: 3 } });
});

test("a command quotes what was typed and names no secret", () => {
    const [{ operations: [operation] }] = chapters(document);
    const command = curlOf(operation, { origin: "http://h", values: { guild: "1" }, body: `{"name":"it's"}`, auth: "key" });
    equal(command, `curl -X POST -H "Authorization: Bearer $GUILDWIRE_KEY" -H 'Content-Type: application/json' `
        + `-d '{"name":"it'\\''s"}' 'http://h/api/guilds/1/keys'`);
});

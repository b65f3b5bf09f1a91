import { plan, safeInvite } from "/dashboard/first-run/steps.js";
import { grouped, listed, permissionName } from "/dashboard/settings/permissions.js";
import { age, lag, sortedShards, span, verdict, way, worst } from "/dashboard/system/figures.js";
import { equal, test, truth } from "/tests/unit.js";

const service = (name, state) => ({ name, state, id: name, since: null, seen: null });
const hops = [{ name: "gateway", p50: 40, p95: 60 }, { name: "log", p50: 1.25, p95: 3 }, { name: "delivery", p50: 4, p95: 9 }];
const system = (given) => ({ services: [service("gateway", "up"), service("web", "up")], shards: [{ state: "up" }], hops, problems: [], ...given });

test("spans of time are short", () => {
    equal([null, NaN, -3, 0.42, 9.96, 41.3, 1300, 120_000].map(span), ["–", "–", "0 ms", "0.4 ms", "10 ms", "41 ms", "1.3 s", "2 min"]);
});

test("the worst of several states counts, and nothing is unknown", () => {
    equal([worst(["up", "down", "degraded"]), worst(["up", "connecting"]), worst(["up", "strange"]), worst([])],
        ["down", "connecting", "strange", "unknown"]);
});

test("the browser's share is what the server's parts leave over, and never below zero", () => {
    const own = (latency) => way(system(), { latency, phase: "live" }).hops[3].value;
    equal([own(20.25), own(2), own(null)], [15, 0, null]);
    const without = way(system({ hops: [] }), { latency: 7, phase: "lost" });
    equal(without.hops.map(({ value }) => value), [null, null, null, 7]);
    equal(without.stations.map(({ state }) => state), ["up", "up", "up", "up", "down"], "without Redis the log is in web");
    equal(way(system({ services: [service("redis", "down")] }), { latency: 1, phase: "live" }).stations[2].state, "down");
});

test("the verdict goes by what is wrong, then by states", () => {
    const say = (given) => { const { tone, text } = verdict(system(given)); return `${tone}: ${text}`; };
    const problem = (severity) => ({ what: "x", advice: "y", severity });
    equal(say({}), "good: Everything works");
    equal(say({ problems: [problem("bad"), problem("warn")] }), "bad: One thing is wrong");
    equal(say({ problems: [problem("warn")] }), "wait: It works, with one thing to look at");
    equal(say({ services: [service("web", "down")] }), "bad: Something is down");
    equal(say({ shards: [{ state: "connecting" }] }), "wait: Something is not whole");
    equal(say({ services: [service("analytics", "unknown")] }), "good: Everything works", "not set up is not broken");
});

test("age and lag are said in words", () => {
    const now = Date.UTC(2024, 0, 2);
    equal(age({ state: "up", since: now - 7_200_000, seen: now }, now), "started 2 hours ago");
    equal(age({ state: "up", since: now + 9e9, seen: now }, now), "started now", "a clock that is wrong");
    equal(age({ state: "down", since: 1, seen: now - 120_000 }, now), "last heard of 2 minutes ago");
    equal([lag(null), lag({ events: 0, milliseconds: 3 }), lag({ events: 1, milliseconds: 2_000 }), lag({ events: null, milliseconds: null })],
        ["–", "nothing waits", "1 event, 2.0 s", "–"]);
});

test("shards with trouble come first, and no more than fit", () => {
    const shards = ["0/12", "10/12", "2/12"].map((shard) => ({ shard, state: shard === "10/12" ? "down" : "up" }));
    const { shown, more } = sortedShards(shards, 2);
    equal([shown.map(({ shard }) => shard), more], [["10/12", "0/12"], 1]);
});

const steps = (states) => Object.entries(states).map(([id, state]) => ({ id, state, title: id, detail: null, advice: null }));

test("the first step that is not done is the current one", () => {
    const now = (application, states) => plan({ application, invite: null, steps: steps(states) });
    equal(now(null, {}).current, "application");
    equal(now({ id: "1", name: "" }, { token: "problem" }).current, "token");
    const all = now({ id: "1", name: "Bot" }, { token: "done", intents: "done", guild: "done", redis: "todo", gateway: "done" });
    equal([all.current, all.done, all.of, all.hasGuild], ["role", 4, 4, true]);
    equal(all.server.map(({ id }) => id), ["gateway", "redis"]);
    equal(now(null, { token: "done" }).current, "intents", "who has a token has an application");
});

test("no address but one of a web page is followed", () => {
    truth(safeInvite("https://discord.com/oauth2/authorize?client_id=1"), "Discord's");
    equal(["javascript:alert(1)//authorize", "data:text/html,authorize", "", "https://example.org/x"].map(safeInvite), [null, null, null, null]);
});

test("permissions have Discord's names, and channels that lack the same belong together", () => {
    equal(["VIEW_CHANNEL", "SEND_TTS_MESSAGES", ""].map(permissionName), ["View Channels", "Send Tts Messages", ""]);
    equal([listed([]), listed(["A"]), listed(["A", "B", "C"])], ["", "A", "A, B and C"]);
    const channel = (id, ...missing) => ({ id, name: id, type: 0, missing });
    const groups = grouped([channel("1", "A"), channel("2", "A"), channel("3", "VIEW_CHANNEL"), channel("4", "A", "B")]);
    equal(groups.map(({ channels }) => channels.map(({ id }) => id)), [["3"], ["1", "2"], ["4"]]);
});

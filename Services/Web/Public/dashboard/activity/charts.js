// The page of charts: tiles with the sums, one card for each chart, and the week by the hour.

import { icon, make, setText } from "/shared/dom.js";
import { number } from "/shared/format.js";
import { aboutSum, ChartCard, setLead } from "./chart-card.js";
import { busiest, Heatmap } from "./heatmap.js";
import { heatDays } from "./ranges.js";
import { Segments } from "./segments.js";
import { change, comparable, last, peak, sum, talkTime, week } from "./series.js";

const few = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(undefined, { style: "percent", signDisplay: "exceptZero",
    maximumFractionDigits: 0 });

/** Seconds: an hour's talk is told in minutes, a day's in hours. */
const unitOf = (bucket) => (bucket === "hour" ? 60 : 3_600);

const kinds = [
    { id: "messages", title: "Messages", kind: "bar", about: aboutSum("messages"),
        series: [{ name: "messages", label: "Messages", colour: "--series-1" }] },
    { id: "voice", title: "Time in voice", kind: "bar", about: aboutSum("voiceSeconds", talkTime), words: talkTime,
        isCount: false, axis: (value) => few.format(value),
        series: [{ name: "voiceSeconds", label: "In voice", colour: "--series-3",
            scale: (value, bucket) => value / unitOf(bucket) }] },
    { id: "people", title: "Joined and left", kind: "bar",
        about: (points) => `${number(sum(points, "joins"))} joined, ${number(sum(points, "leaves"))} left.`,
        series: [{ name: "joins", label: "Joined", colour: "--series-1" },
            { name: "leaves", label: "Left", colour: "--series-2", down: true }] },
    { id: "online", title: "Online", kind: "line", of: "presence",
        about: (points, say) => {
            const top = peak(points, "online");
            return top ? `at most ${number(top.online)}, on ${say(top.at)}.` : "nothing is known.";
        },
        series: [{ name: "online", label: "Online at most", colour: "--series-1" }] },
    { id: "members", title: "Members", kind: "line", of: "presence", fromZero: false,
        about: (points) => `${number(last(points, "members") ?? 0)} at the end.`,
        series: [{ name: "members", label: "Members", colour: "--series-4" }] },
];

const heats = [
    { id: "messages", label: "Messages", name: "messages",
        words: (value) => `${few.format(value)} ${value === 1 ? "message" : "messages"} in that hour` },
    { id: "voice", label: "Voice", name: "voiceSeconds", words: (value) => `${talkTime(value)} in voice` },
    { id: "joins", label: "Joins", name: "joins", words: (value) => `${few.format(value)} joined` },
];

/** @param {import("../context.js").Context["query"]} query */
export function Charts(query) {
    const tiles = Tiles();
    const cards = kinds.map((what) => ({ what, card: ChartCard({ ...what, lead: "" }) }));
    const heatmap = Heatmap();
    const heatLead = make("p.chart-lead");
    const heatKind = Segments({ name: "heat", legend: "What the week shows", choices: heats, choose(id) {
        query.set("heat", id === heats[0].id ? null : id);
        showHeat();
    } });
    const missing = make("p.chart-missing", { role: "note", hidden: "" }, icon("alert"), make("span", {},
        "Charts are tables here, since this server has no Chart.js. Whoever runs it can install it: ",
        make("code", {}, "apt install libjs-chart.js")));
    const heat = make("section.chart-card.card.heat-card", { "aria-labelledby": "heat-title", "data-chart": "week" },
        make("header.chart-head", {}, make("div.chart-words", {},
            make("h3.chart-title", { id: "heat-title" }, "A week by the hour"), heatLead), heatKind.el), heatmap.el);
    const el = make("div.charts", {}, missing, tiles.el, ...cards.map(({ card }) => card.el), heat);
    let facts = null;

    function showHeat() {
        const kind = heats.find(({ id }) => id === query.get("heat")) ?? heats[0];
        heatKind.show(kind.id);
        const values = week(facts.week, kind.name, facts.zone);
        const most = busiest(values);
        heatmap.show(values, kind.words, most ? `Busiest: ${most}` : "Nothing in this stretch");
        setText(heatLead, `What an hour has on average, over ${heatDays(facts.range)} days`);
    }

    return {
        el,
        show(given) {
            facts = given;
            missing.hidden = given.Chart !== null;
            tiles.show(given);
            for (const { what, card } of cards) {
                card.show({ ...given, points: what.of === "presence" ? given.presence : given.points });
                setLead(card, leadOf(what, given));
            }
            showHeat();
        },
        redraw() { for (const { card } of cards) card.redraw(); },
        close() { for (const { card } of cards) card.close(); },
    };
}

function leadOf({ id }, { bucket }) {
    const [each, unit] = bucket === "hour" ? ["hour", "Minutes"] : ["day", "Hours"];
    return { messages: `Written in each ${each}`, voice: `${unit} of everybody together, in each ${each}`,
        people: `Above the line who came, below it who left`, online: `The most at once in each ${each}`,
        members: `At the end of each ${each}` }[id];
}

function than(part, words) {
    if (part === null) return `in the last ${words}`;
    return Math.abs(part) < 0.005 ? `as in the ${words} before` : `${percent.format(part)} on the ${words} before`;
}

/** The sums, and by how much they differ from the stretch before where that is known. */
function Tiles() {
    const tile = (id, label) => {
        const value = make("span.tile-value");
        const compared = make("span.tile-change");
        const el = make("div.tile.card", { "data-tile": id }, make("span.tile-label", {}, label), value, compared);
        return { value, than: compared, el };
    };
    const all = { messages: tile("messages", "Messages"), voiceSeconds: tile("voice", "Time in voice"),
        joins: tile("joins", "Joined"), leaves: tile("leaves", "Left"), online: tile("online", "Most online"),
        members: tile("members", "Members") };
    const el = make("div.tiles", { role: "group", "aria-label": "In this range" },
        ...Object.values(all).map((one) => one.el));

    return {
        el,
        show({ points, earlier, presence, range }) {
            const before = comparable(earlier);
            for (const name of ["messages", "voiceSeconds", "joins", "leaves"]) {
                const now = sum(points, name);
                // The last piece is not over: only whole ones are compared.
                const then = before ? change(sum(points.slice(0, -1), name), sum(before.slice(0, -1), name)) : null;
                setText(all[name].value, name === "voiceSeconds" ? talkTime(now) : number(now));
                setText(all[name].than, than(then, range.words));
            }
            const top = peak(presence, "online")?.online ?? null;
            setText(all.online.value, top === null ? "–" : number(top));
            setText(all.online.than, "at once");
            const [end, begin] = [last(presence, "members"), last(presence.toReversed(), "members")];
            setText(all.members.value, end === null ? "–" : number(end));
            const grown = end === null ? 0 : end - begin;
            setText(all.members.than, grown === 0 ? "as many as at first"
                : `${grown > 0 ? "+" : "−"}${number(Math.abs(grown))} since then`);
        },
    };
}

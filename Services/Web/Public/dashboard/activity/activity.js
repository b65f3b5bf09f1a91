// Activity: what was stored of the community, over time. The address says which range and which bucket.

import { APIProblem, at, get } from "/shared/api.js";
import { icon, make, setText } from "/shared/dom.js";
import { timeOfDay } from "/shared/format.js";
import { skeleton } from "/shared/states.js";
import { Charts } from "./charts.js";
import { loadCharts } from "./chart-library.js";
import { onTheme } from "./colours.js";
import { inShort, nothingStored, refusal } from "./nothing.js";
import { chosen, heatDays, ranges, spanOf, viewerZone } from "./ranges.js";
import { Segments } from "./segments.js";
import { isEmpty, split } from "./series.js";

export const styles = ["activity", "charts", "heatmap"].map((name) => `/dashboard/activity/${name}.css`);

const freshFor = 60_000;              // milliseconds; then it is asked for again while it is looked at

/** @param {HTMLElement} el @param {import("../context.js").Context} context */
export function mount(el, context) {
    const { query } = context;
    const range = Segments({ name: "range", legend: "Range", choose: (id) => choose("range", id),
        choices: ranges.map(({ id, label, words }) => ({ id, label, words: `The last ${words}` })) });
    const bucket = Segments({ name: "bucket", legend: "By", choose: (id) => choose("bucket", id),
        choices: [{ id: "hour", label: "Hours" }, { id: "day", label: "Days" }] });
    const note = make("p.activity-note", { role: "status" });
    const again = make("button.icon-button.activity-again",
        { type: "button", "aria-label": "Refresh", title: "Refresh" }, icon("turn"));
    again.addEventListener("click", () => load());
    const body = make("div.activity-body");
    el.classList.add("is-page");
    el.append(make("header.activity-head", {}, make("h2.activity-title", {}, "Activity"), note,
        make("div.activity-tools", {}, range.el, bucket.el), again), body);

    let zone = viewerZone();
    let shown = null;                 // the guild whose charts these are
    let loadedAt = 0;
    let number = 0;                   // of the newest load; older answers are passed over
    let charts = null;

    const way = () => {
        const { range: one, bucket: kind } = chosen(query);
        range.show(one.id);
        bucket.show(kind, one.buckets);
        return { range: one, bucket: kind };
    };

    function choose(name, value) {
        query.set(name, value);
        if (name === "range") query.set("bucket", null);
        load();
    }

    /** Grey rows where another guild was shown, what was there while it is only asked again. */
    async function load() {
        const guild = context.guild()?.id;
        if (!guild) return;
        const mine = number += 1;
        const asked = way();
        loadedAt = Date.now();
        if (shown !== guild) {
            shown = guild;
            clear(skeleton(4));
        }
        el.setAttribute("aria-busy", "true");
        body.classList.toggle("is-asking", charts !== null);
        try {
            const [found, Chart] = await Promise.all([ask(guild, asked), loadCharts()]);
            if (mine === number) show(found, asked, Chart);
        } catch (problem) {
            if (!(problem instanceof APIProblem)) throw problem;
            if (mine === number) fail(problem);
        } finally {
            if (mine === number) {
                el.removeAttribute("aria-busy");
                body.classList.remove("is-asking");
            }
        }
    }

    async function ask(guild, { range: one, bucket: kind }) {
        const now = Date.now();
        const span = spanOf(one, kind, now);
        const path = at`/api/guilds/${guild}/`;
        const series = (what, from, by) => get(`${path}${what}?${new URLSearchParams(
            { from, to: now, bucket: by, zone })}`).then(({ points }) => points);
        const isWeek = kind === "hour" && one.days >= 7;
        try {
            const [activity, presence, week] = await Promise.all([
                series("activity", span.before ?? span.from, kind), series("presence", span.from, kind),
                isWeek ? null : series("activity", spanOf({ days: heatDays(one) }, "hour", now).from, "hour")]);
            const { earlier, points } = split(activity, span.from);
            return { earlier, points, presence, week: week ?? points };
        } catch (problem) {
            // A zone that the browser knows and the database does not.
            if (problem.status !== 400 || zone === "UTC") throw problem;
            zone = "UTC";
            return ask(guild, { range: one, bucket: kind });
        }
    }

    function show(found, asked, Chart) {
        const whose = zone === viewerZone() ? ", your time zone" : "";
        setText(note, `Times in ${zone.replaceAll("_", " ")}${whose} · as of ${timeOfDay(loadedAt)}`);
        delete note.dataset.tone;
        const nothing = isEmpty([...found.earlier, ...found.points, ...found.week])
            && isEmpty(found.presence, ["online", "members"]);
        if (nothing) return clear(nothingStored(context, asked.range));
        if (!charts) {
            clear();
            charts = Charts(query);
            body.append(charts.el);
        }
        charts.show({ ...found, ...asked, zone, Chart });
    }

    /** What is on the page stays; that it is old is said beside. */
    function fail(problem) {
        if (charts && problem.status !== 401 && problem.status !== 403 && problem.status !== 404) {
            note.dataset.tone = "bad";
            setText(note, `Not refreshed: ${inShort(problem)}. What you see is from before.`);
            return;
        }
        setText(note, "");
        clear(refusal(problem, context, load));
    }

    function clear(...content) {
        charts?.close();
        charts = null;
        body.replaceChildren(...content);
    }

    onTheme(() => charts?.redraw());
    context.addShortcut("r", "Refresh", () => load());
    const step = (by) => {
        const next = ranges[ranges.indexOf(chosen(query).range) + by];
        if (next) choose("range", next.id);
    };
    context.addShortcut("[", "A shorter range", () => step(-1));
    context.addShortcut("]", "A longer range", () => step(1));
    way();
    body.append(skeleton(4));

    return {
        update() {
            const guild = context.guild()?.id;
            if (guild && (guild !== shown || Date.now() - loadedAt > freshFor)) load();
        },
        tick(now) {
            if (!document.hidden && shown && now - loadedAt > freshFor) load();
        },
        queryChanged() {
            way();
            load();
        },
    };
}


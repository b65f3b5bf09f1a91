// A card with one chart over time, and the same as a table: for who listens, and where Chart.js is missing.

import { icon, make, setText } from "/shared/dom.js";
import { number } from "/shared/format.js";
import { areBars, chartOptions, dataset } from "./chart-look.js";
import { bucketWords, peak } from "./series.js";

/**
 * @typedef {object} Series
 * @property {string} name   the points' member
 * @property {string} label
 * @property {string} colour  a token
 * @property {(value: number, bucket: "hour"|"day") => number} [scale]  into the chart's unit
 * @property {boolean} [down]  drawn below the line
 */

/**
 * @param {{id: string, title: string, lead: string, kind: "bar"|"line", series: Series[], isCount?: boolean,
 *   words?: (value: number) => string, about: (points: object[], say: (at: number) => string) => string}} what
 */
export function ChartCard(what) {
    const { id, title, lead, series } = what;
    const canvas = make("canvas.chart-canvas", { role: "img" });
    const table = make("div.chart-table", { tabindex: "0", role: "region", "aria-label": `${title}, as a table` });
    const place = make("div.chart-place", {}, canvas);
    const button = make("button.icon-button.chart-turn", { type: "button", "aria-pressed": "false",
        "aria-label": `${title} as a table`, title: "Show as a table" }, icon("list"));
    const legend = series.length < 2 ? [] : [make("ul.chart-legend", { "aria-hidden": "true" },
        ...series.map(({ label, name }) => make("li.chart-key", { "data-series": name }, label)))];
    const el = make("section.chart-card.card", { "aria-labelledby": `${id}-title`, "data-chart": id },
        make("header.chart-head", {}, make("div.chart-words", {},
            make("h3.chart-title", { id: `${id}-title` }, title), make("p.chart-lead", {}, lead)), ...legend, button),
        place, table);
    let chart = null;
    let facts = null;
    let asTable = false;

    button.addEventListener("click", () => {
        asTable = !asTable;
        draw();
    });

    function draw() {
        if (!facts) return;
        const isTable = asTable || !facts.Chart;
        button.hidden = !facts.Chart;
        button.setAttribute("aria-pressed", String(isTable));
        place.hidden = isTable;
        table.hidden = !isTable;
        if (isTable) table.replaceChildren(tableOf(what, facts));
        else drawChart();
    }

    function drawChart() {
        const { Chart, points, bucket, zone } = facts;
        const say = bucketWords(bucket, zone);
        canvas.setAttribute("aria-label", `${title}: ${what.about(points, say)} The table has each number.`);
        const bars = areBars(what, points, place.clientWidth);
        const data = { labels: points.map(({ at }) => at),
            datasets: series.map((one) => dataset(one, what, bars, points, bucket)) };
        const options = chartOptions(what, bars, points, bucket, zone);
        if (!chart) {
            chart = new Chart(canvas, { type: what.kind, data, options });
            return;
        }
        // The same drawing goes on, so that nothing flickers and no tooltip is lost.
        chart.data.labels = data.labels;
        chart.data.datasets.length = data.datasets.length;
        data.datasets.forEach((one, index) => {
            chart.data.datasets[index] = Object.assign(chart.data.datasets[index] ?? {}, one);
        });
        chart.options = options;
        chart.update("none");
    }

    return {
        el,
        /** @param {{Chart: object|null, points: object[], bucket: "hour"|"day", zone: string}} given */
        show(given) {
            facts = given;
            draw();
        },
        /** In the colours of now. */
        redraw: draw,
        close() { chart?.destroy(); },
    };
}

function tableOf({ title, series, words = number }, { points, bucket, zone }) {
    const say = bucketWords(bucket, zone);
    const head = make("tr", {}, make("th", { scope: "col" }, bucket === "hour" ? "Hour" : "Day"),
        ...series.map(({ label }) => make("th", { scope: "col" }, label)));
    const rows = points.toReversed().map((point) => make("tr", {}, make("th", { scope: "row" }, say(point.at)),
        ...series.map(({ name }) => make("td", {}, point[name] === null ? "–" : words(point[name])))));
    return make("table.numbers", {}, make("caption.visually-hidden", {}, `${title}, newest first`),
        make("thead", {}, head), make("tbody", {}, ...rows));
}

/** "1,204 in all; most on Tuesday, 3 June (212)." */
export function aboutSum(name, words = number) {
    return (points, say) => {
        const top = peak(points, name);
        if (!top) return "nothing.";
        const whole = points.reduce((all, point) => all + (point[name] ?? 0), 0);
        return `${words(whole)} in all; most on ${say(top.at)}, ${words(top[name])}.`;
    };
}

/** Sets the text of the lead line; it may say what the numbers count. */
export function setLead(card, text) {
    setText(card.el.querySelector(".chart-lead"), text);
}

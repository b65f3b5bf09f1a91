// How charts look: the tokens' colours and types, few lines, and a last piece that is lighter since it is not over.

import { number } from "/shared/format.js";
import { token, tokenColour } from "./colours.js";
import { bucketWords, ticks } from "./series.js";

const barWidth = 4;                   // pixels; where there are fewer for each piece, a line is drawn
const tickWidth = 84;                 // pixels that a name below the axis needs
const stillness = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

/** Bars as long as one can tell them apart: counts are of an hour, and a line would show what was never between. */
export function areBars({ kind }, points, width) {
    return kind === "bar" && points.length * barWidth <= width;
}

/** @param {import("./chart-card.js").Series} one */
export function dataset({ name, label, colour, scale = (value) => value, down = false }, { kind }, bars, points,
    bucket) {
    const ink = tokenColour(colour);
    const data = points.map((point) => {
        if (point[name] === null || point[name] === undefined) return null;
        const value = scale(point[name], bucket);
        return down ? -value : value;
    });
    const light = faded(ink, 45);
    return {
        type: bars ? "bar" : "line", label, data, name,
        backgroundColor: bars ? data.map((_, index) => (index === data.length - 1 ? light : ink)) : faded(ink, 16),
        hoverBackgroundColor: ink,
        borderColor: ink,
        borderWidth: bars ? 0 : 2,
        borderRadius: 2,
        maxBarThickness: 28,
        categoryPercentage: 0.86,
        barPercentage: 0.92,
        fill: bars ? false : "origin",
        pointRadius: lone(data),
        pointBackgroundColor: ink,
        pointBorderWidth: 0,
        pointHoverRadius: 4,
        pointHoverBackgroundColor: ink,
        stepped: kind === "bar" ? "middle" : false,
        cubicInterpolationMode: "monotone",
        segment: { borderDash: ({ p1DataIndex }) => (p1DataIndex === data.length - 1 ? [4, 4] : undefined) },
        spanGaps: false,
        grouped: false,
    };
}

/** A value between two that are not known has no line: it is drawn as a dot. @param {(number|null)[]} data */
export function lone(data) {
    return data.map((value, at) => (value !== null && (data[at - 1] ?? null) === null && (data[at + 1] ?? null) === null
        ? 3 : 0));
}

function faded(colour, percent) {
    const [, inside = ""] = /^rgba?\(([^)]*)\)/.exec(colour) ?? [];
    const [red, green, blue] = inside.split(/[\s,/]+/);
    return blue === undefined ? colour : `rgb(${red} ${green} ${blue} / ${percent}%)`;
}

/** @param {object} what  as ChartCard has it @param {object[]} points */
export function chartOptions({ words = number, isCount = true, axis = number,
    fromZero = true }, bars, points, bucket, zone) {
    const say = bucketWords(bucket, zone);
    const [quiet, line] = ["--text-quiet", "--line"].map(tokenColour);
    const font = { family: token("--font"), size: Number.parseFloat(token("--type-small")) };
    return {
        responsive: true,
        maintainAspectRatio: false,
        resizeDelay: 80,
        animation: stillness?.matches ? false : { duration: Number.parseFloat(token("--calm")) },
        normalized: true,
        layout: { padding: { top: 6 } },
        interaction: { mode: "index", intersect: false, axis: "x" },
        scales: {
            x: {
                type: "category", offset: bars,
                grid: { display: false, drawBorder: false },
                ticks: { autoSkip: false, maxRotation: 0, color: quiet, font,
                    callback(value) { return this.chart.$names?.get(value); } },
                afterBuildTicks(scale) {
                    const most = Math.max(2, Math.floor(scale.chart.width / tickWidth));
                    const named = ticks(points, bucket, zone, most);
                    scale.chart.$names = new Map(named.map(({ index, text }) => [index, text]));
                    scale.ticks = named.map(({ index }) => ({ value: index }));
                },
            },
            y: {
                beginAtZero: fromZero, grace: fromZero ? 0 : "8%",
                grid: { color: line, drawBorder: false, drawTicks: false },
                ticks: { color: quiet, font, padding: 8, maxTicksLimit: 5, precision: isCount ? 0 : undefined,
                    callback: (value) => axis(Math.abs(value)) },
            },
        },
        plugins: {
            legend: { display: false },
            tooltip: {
                backgroundColor: tokenColour("--text"), titleColor: tokenColour("--ground"),
                bodyColor: tokenColour("--ground"), padding: 10, cornerRadius: 8, boxPadding: 4, usePointStyle: true,
                titleFont: font, bodyFont: font, caretSize: 0,
                callbacks: {
                    title: ([item]) => (item ? `${say(points[item.dataIndex].at)}${
                        item.dataIndex === points.length - 1 ? " (so far)" : ""}` : ""),
                    label: ({ dataset: { label, name }, dataIndex }) =>
                        `${label}: ${words(points[dataIndex][name])}`,
                },
            },
        },
    };
}

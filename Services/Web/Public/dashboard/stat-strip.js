// How many members, how many of them online, how many in voice; and the pulse: events in the last two minutes.

import { make, setText } from "/shared/dom.js";
import { number } from "/shared/format.js";

const slots = 61;                     // of the pulse; the newest is not drawn, since it is not over
const slotLength = 2_000;             // milliseconds
const tall = 32;                      // of the drawing, in its own units

const tiles = [["members", "Members"], ["online", "Online"], ["voice", "In voice"]];

/** @param {HTMLElement} el */
export function StatStrip(el) {
    const values = new Map();
    for (const [name, label] of tiles) {
        const value = make("span.stat-value", {}, "–");
        values.set(name, value);
        el.append(make("div.stat", { "data-stat": name }, make("span.stat-label", {}, label), value));
    }
    const rate = make("span.stat-value", {}, "0");
    const line = svg("path", { class: "pulse-line" });
    const area = svg("path", { class: "pulse-area" });
    const box = `0 0 ${slots - 2} ${tall}`;
    const drawing = svg("svg", { class: "pulse", viewBox: box, preserveAspectRatio: "none", "aria-hidden": "true" });
    drawing.append(area, line);
    el.append(make("div.stat.stat-pulse", { "data-stat": "pulse" },
        make("span.stat-label", {}, "Events per minute"), rate, drawing));

    const counts = new Array(slots).fill(0);
    let slot = 0;                     // number of the newest slot since 1970

    function advance(now) {
        const current = Math.floor(now / slotLength);
        const steps = Math.min(slots, current - slot);
        for (let step = 0; step < steps; step += 1) {
            counts.shift();
            counts.push(0);
        }
        slot = current;
    }

    return {
        /** @param {import("/shared/guild.js").Guild} guild */
        showCounts(guild) {
            for (const [name, value] of values) setText(value, number(guild.counts[name] ?? 0));
        },

        /** One event has come. */
        beat(now) {
            advance(now);
            counts[slots - 1] += 1;
        },

        /** Draws the pulse; call about once a second. */
        showPulse(now) {
            advance(now);
            const lastMinute = counts.slice(-60_000 / slotLength).reduce((sum, count) => sum + count, 0);
            setText(rate, number(lastMinute));
            const whole = counts.slice(0, -1);
            const top = Math.max(4, ...whole);
            const near = (at, count) => whole[at] ?? count;
            const smooth = whole.map((count, at) => (count * 2 + near(at - 1, count) + near(at + 1, count)) / 4);
            const points = smooth.map((count, at) => `${at},${(tall - 2 - (count / top) * (tall - 4)).toFixed(2)}`);
            line.setAttribute("d", `M${points.join("L")}`);
            area.setAttribute("d", `M0,${tall}L${points.join("L")}L${slots - 2},${tall}Z`);
        },
    };
}

function svg(name, attributes) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    return element;
}

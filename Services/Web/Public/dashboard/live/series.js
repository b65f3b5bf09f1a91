// A number over the last minutes, from what was seen of it; and a line drawn of it. The memory is bounded.

import { svg } from "./drawing.js";

const young = 13;                         // values that have a whole width, where there are not more yet
const tall = 32;                          // of the drawing, in its own units

/**
 * @param {number} slots  how many values are kept
 * @param {number} length  milliseconds of each
 */
export function Series(slots, length) {
    let values = [];                      // oldest first, the newest is of slot `newest`
    let newest = 0;

    function advance(now, fill) {
        const slot = Math.floor(now / length);
        if (values.length === 0) values = [fill];
        else for (let step = Math.min(slots, slot - newest); step > 0; step -= 1) values.push(fill);
        newest = slot;
        if (values.length > slots) values.splice(0, values.length - slots);
    }

    return {
        get values() { return values; },

        /** A level: it stays what it is until another is known. */
        set(value, now) {
            advance(now, values.at(-1) ?? value);
            values[values.length - 1] = value;
        },

        /** Counts one more in this moment's slot. */
        add(now, count = 1) {
            advance(now, 0);
            values[values.length - 1] += count;
        },

        clear() { values = []; },
    };
}

/** @param {number} slots  how many values are a full width */
export function Sparkline(slots) {
    const line = svg("path", { class: "spark-line" });
    const area = svg("path", { class: "spark-area" });
    const el = svg("svg", { class: "spark", viewBox: `0 0 ${slots - 1} ${tall}`, preserveAspectRatio: "none",
        "aria-hidden": "true" });
    el.append(area, line);
    let drawn = "";

    return {
        el,

        /** @param {number[]} values  @param {number} least  the smallest difference that fills the height */
        show(values, least, floor = Math.min(...values)) {
            const spread = Math.max(least, Math.max(...values) - floor);
            // The first values have the room of a few more, not that of all that will come.
            const span = Math.max(Math.min(slots, young), values.length);
            const place = (at) => (((span - values.length + at) / (span - 1)) * (slots - 1)).toFixed(2);
            const points = values.map((value, at) =>
                `${place(at)},${(tall - 3 - ((value - floor) / spread) * (tall - 6)).toFixed(1)}`);
            const path = values.length < 2 ? "" : `M${points.join("L")}`;
            if (path === drawn) return;
            drawn = path;
            line.setAttribute("d", path);
            area.setAttribute("d", path === "" ? "" : `M${place(0)},${tall}L${points.join("L")}L${slots - 1},${tall}Z`);
        },
    };
}

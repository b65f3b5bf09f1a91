// A week by the hour: seven rows of twenty-four cells. Arrow keys walk through it, one cell at a time.

import { make, setText } from "/shared/dom.js";
import { level } from "./series.js";

const firstDay = Date.UTC(2024, 0, 1);            // a Monday
const day = 86_400_000, hour = 3_600_000;
const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const utc = (how) => new Intl.DateTimeFormat(undefined, { timeZone: "UTC", ...how });
const longDay = utc({ weekday: "long" }), shortDay = utc({ weekday: "short" });
const clock = utc({ hour: "2-digit", minute: "2-digit" }), shortHour = utc({ hour: "2-digit" });

export function Heatmap() {
    const grid = make("div.heat-grid", { role: "grid", "aria-label": "A week by the hour",
        "aria-describedby": "heat-says" });
    const says = make("p.heat-says", { id: "heat-says", "aria-live": "off" });
    const legend = make("p.heat-legend", { "aria-hidden": "true" }, "fewer",
        ...[0, 1, 2, 3, 4, 5].map((one) => make("i.heat-cell", { "data-level": String(one) })), "more");
    const el = make("div.heat", {}, grid, make("div.heat-foot", {}, says, legend));
    const cells = [];
    let at = [0, 0];
    let values = [];
    let words = String;
    let about = "";

    const hours = make("div.heat-row", { role: "row" }, make("span.heat-name", { role: "columnheader" },
        make("span.visually-hidden", {}, "Day")));
    for (let one = 0; one < 24; one += 1) {
        const label = one % 3 === 0 ? shortHour.format(one * hour) : "";
        hours.append(make("span.heat-hour", { role: "columnheader" },
            make("span.visually-hidden", {}, clock.format(one * hour)),
            make("span.heat-label", { "aria-hidden": "true" }, label)));
    }
    grid.append(hours);
    for (let one = 0; one < 7; one += 1) {
        const name = make("span.heat-name", { role: "rowheader", "aria-label": longDay.format(firstDay + one * day) },
            shortDay.format(firstDay + one * day));
        const row = Array.from({ length: 24 }, (_, place) => make("span.heat-cell",
            { role: "gridcell", tabindex: "-1", "data-day": String(one), "data-hour": String(place) }));
        cells.push(row);
        grid.append(make("div.heat-row", { role: "row" }, name, ...row));
    }

    function say([one, place]) {
        const value = values[one]?.[place];
        const when = `${longDay.format(firstDay + one * day)}, ${clock.format(place * hour)} to ${
            clock.format(((place + 1) % 24) * hour)}`;
        return value === null || value === undefined ? `${when}: not in this stretch` : `${when}: ${words(value)}`;
    }

    function stand(next) {
        cells[at[0]][at[1]].tabIndex = -1;
        at = next;
        cells[at[0]][at[1]].tabIndex = 0;
    }

    grid.addEventListener("keydown", (event) => {
        const move = moves[event.key];
        const edge = { Home: [at[0], 0], End: [at[0], 23] }[event.key];
        if (!move && !edge) return;
        event.preventDefault();
        stand(edge ?? [(at[0] + move[0] + 7) % 7, (at[1] + move[1] + 24) % 24]);
        cells[at[0]][at[1]].focus();
    });
    const look = (event) => {
        const { day: one, hour: place } = event.target.dataset ?? {};
        if (one !== undefined) setText(says, say([Number(one), Number(place)]));
    };
    grid.addEventListener("pointerover", look);
    grid.addEventListener("focusin", look);
    for (const end of ["pointerleave", "focusout"]) grid.addEventListener(end, () => setText(says, about));

    return {
        el,
        /** @param {(number|null)[][]} week @param {(value: number) => string} wordsOf @param {string} summary */
        show(week, wordsOf, summary) {
            [values, words, about] = [week, wordsOf, summary];
            const most = Math.max(0, ...week.flat().map((value) => value ?? 0));
            cells.forEach((row, one) => row.forEach((cell, place) => {
                const strength = String(level(week[one][place], most));
                if (cell.dataset.level !== strength) cell.dataset.level = strength;
                cell.setAttribute("aria-label", say([one, place]));
            }));
            stand(at);
            if (!grid.matches(":hover, :focus-within")) setText(says, about);
        },
    };
}

/** Day and hour of the most, in words; "" where there is nothing. @param {(number|null)[][]} week */
export function busiest(week) {
    let best = null;
    week.forEach((row, one) => row.forEach((value, place) => {
        if ((value ?? 0) > (best?.value ?? 0)) best = { value, one, place };
    }));
    if (!best) return "";
    return `${longDay.format(firstDay + best.one * day)}, ${clock.format(best.place * hour)}`;
}

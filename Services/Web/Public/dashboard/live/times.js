// Times on the page, told by how long ago it was or by the clock, as the reader likes it best.

import { setText } from "/shared/dom.js";
import { ago, clockTime, fullTime, isTime } from "/shared/format.js";

const place = "guildwire.times";
let isClock = read() === "clock";

function read() {
    try { return localStorage.getItem(place); } catch { return null; }     // storage may be forbidden
}

export const times = {
    get isClock() { return isClock; },

    toggle() {
        isClock = !isClock;
        try {
            localStorage.setItem(place, isClock ? "clock" : "ago");
        } catch { /* then it lasts as long as the page */ }
    },
};

/** @param {HTMLTimeElement} element */
export function showTime(element, ts, now) {
    if (isTime(ts)) {
        element.dateTime = new Date(ts).toISOString();
        element.title = fullTime(ts);
        element.dataset.ts = String(ts);
    }
    setText(element, isClock ? clockTime(ts, now) : ago(ts, now));
}

/** Brings all times within an element up to date. */
export function refreshTimes(within, now) {
    for (const time of within.querySelectorAll("time[data-ts]")) {
        const ts = Number(time.dataset.ts);
        setText(time, isClock ? clockTime(ts, now) : ago(ts, now));
    }
}

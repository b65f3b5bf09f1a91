// One line at the foot of the page that says what has just happened, to eyes and to screen readers.

import { make, setText } from "./dom.js";

const shownFor = 6_000;
let line = null;
let timer = null;

/** @param {string} text @param {"good"|"bad"} [tone] */
export function tell(text, tone = "good") {
    if (!line) {
        line = make("p.tell", { role: "status" });
        document.body.append(line);
    }
    clearTimeout(timer);
    // Inside an open dialog: what lies under it cannot be heard.
    const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
    if (line.parentElement !== top) top.append(line);
    line.dataset.tone = tone;
    setText(line, text);
    timer = setTimeout(() => setText(line, ""), shownFor);
}

// For those who listen instead of look: at most one short sentence in a while, never a flood.

import { setText } from "/shared/dom.js";

const pause = 10_000;                 // milliseconds between two announcements

const textMax = 80;                   // signs of one sentence: a name may be 4,000 long

function short(text) {
    return text.length > textMax ? `${[...text.slice(0, 4 * textMax)].slice(0, textMax).join("")}…` : text;
}

/** @param {HTMLElement} el  a polite live region */
export function Announcer(el) {
    let messages = 0;
    let others = [];
    let spokenAt = -Infinity;

    function say(text, now) {
        spokenAt = now;
        setText(el, text);
    }

    return {
        message() { messages += 1; },
        happened(text) { others = [...others, short(text)].slice(-3); },
        urgent: say,

        /** Speaks when there is something to say and the last time is long enough ago. */
        tick(now) {
            if (now - spokenAt < pause || (messages === 0 && others.length === 0)) return;
            const parts = [...others];
            if (messages > 0) parts.unshift(messages === 1 ? "1 new message" : `${messages} new messages`);
            messages = 0;
            others = [];
            say(`${parts.join(". ")}.`, now);
        },
    };
}

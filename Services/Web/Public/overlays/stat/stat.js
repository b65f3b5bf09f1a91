// Stat overlay: one number, with a goal. Options: options.js; names for themes: specs/overlays.md.

import { icon, make, setText } from "/shared/dom.js";
import { CountUp } from "/shared/overlay-count.js";
import { clean } from "/shared/overlay-text.js";
import { options } from "/overlays/stat/options.js";

/** @type {import("/shared/overlay-page.js").Overlay} */
export const overlay = {
    name: "stat",
    options,
    wantsRules: false,
    events: ({ stat }) => ({ members: ["member.*"], online: ["member.*", "presence.*"], voice: ["voice.*"] })[stat],
    ticks: () => false,
    mount: StatOverlay,
};

const drawn = { person: "person", online: "online", voice: "speaker", star: "star", heart: "heart", flag: "flag" };
const usualIcons = { members: "person", online: "online", voice: "speaker" };

/** What stands for the number: a drawn icon, an emoji as text, or nothing. @returns {Node|null} */
function signOf({ icon: name, stat, hide }) {
    if (name === "none" || hide.includes("icon")) return null;
    if (name === "auto" || name === "") return icon(usualIcons[stat]);
    return Object.hasOwn(drawn, name) ? icon(drawn[name]) : document.createTextNode(clean(name, 2));
}

/** How much of a goal is reached, from 0 to 1. */
export function partOf(value, goal) {
    return goal > 0 ? Math.min(1, Math.max(0, value / goal)) : 0;
}

/** @param {HTMLElement} el @param {import("/shared/overlay-page.js").Frame} frame */
export function StatOverlay(el, { values, words }) {
    const value = make("span.stat-value");
    const label = make("bdi.stat-label.overlay-line");
    const goal = make("span.stat-goal");
    const bar = make("div.stat-bar.overlay-bar", {}, make("div.overlay-bar-fill"));
    const sign = signOf(values);
    const top = make("div.stat-top", {}, ...(sign ? [make("span.stat-icon", { "aria-hidden": "true" }, sign)] : []),
        make("div.stat-words", {}, value, label));
    const card = make("div.stat-card.overlay-plate", { "data-stat": values.stat }, top, goal, bar);
    const count = CountUp(value, words.number);
    for (const part of ["align", "valign", "layout"]) el.dataset[part] = values[part];
    setText(label, values.label || words.counts[values.stat]);
    label.hidden = values.hide.includes("label");
    goal.hidden = bar.hidden = values.goal === 0 || values.hide.includes("bar");
    el.append(card);

    return {
        show({ guild, animate }) {
            const now = Math.max(0, guild.counts[values.stat] || 0);
            const part = partOf(now, values.goal);
            count.set(now, animate);
            card.classList.toggle("is-reached", values.goal > 0 && part === 1);
            bar.style.setProperty("--part", String(part));
            setText(goal, part === 1 ? words.done : `${Math.floor(part * 100)} % · ${words.number(values.goal)}`);
        },
        close: count.close,
    };
}

// Milestones overlay: the way to the next one, and a celebration when it is reached. Options: options.js; names for
// themes: specs/overlays.md.

import { icon, make, setText } from "/shared/dom.js";
import { throwConfetti } from "/shared/overlay-confetti.js";
import { CountUp } from "/shared/overlay-count.js";
import { countMax, milestonesFrom, nextMilestone, watchMilestones } from "/shared/overlay-milestones.js";
import { sampleGuildId } from "/shared/overlay-samples.js";
import { remember, remembered } from "/shared/overlay-store.js";
import { clean } from "/shared/overlay-text.js";
import { options } from "/overlays/milestones/options.js";

const waitingMax = 3;               // celebrations that wait for the one before

/** @type {import("/shared/overlay-page.js").Overlay} */
export const overlay = {
    name: "milestones",
    options,
    wantsRules: true,
    events: () => ["member.*"],
    ticks: () => false,
    mount: MilestonesOverlay,
};

/** @param {HTMLElement} el @param {import("/shared/overlay-page.js").Frame} frame */
export function MilestonesOverlay(el, { values, words, memory }) {
    const title = make("bdi.milestones-title.overlay-line");
    const now = make("span.milestones-now");
    const next = make("span.milestones-next");
    const rest = make("span.milestones-rest");
    const bar = make("div.milestones-bar.overlay-bar", {}, make("div.overlay-bar-fill"));
    const count = make("div.milestones-count", {}, now, next);
    const card = make("div.milestones-card.overlay-plate", {}, title, count, bar, rest);
    const run = CountUp(now, words.number);
    const waiting = [];
    let ending = null;              // the timer of the celebration that is on
    let stopConfetti = () => {};
    let members = 0;
    let list = [];

    for (const part of ["align", "valign", "layout"]) el.dataset[part] = values[part];
    if (values.layout === "ring") bar.append(ring());
    setText(title, values.title || words.next);
    for (const [part, element] of Object.entries({ title, count, bar, rest })) {
        element.hidden = values.hide.includes(part);
    }
    card.hidden = ["title", "count", "bar", "rest"].every((part) => values.hide.includes(part));
    el.append(card);

    function celebrate(reached) {
        if (values.celebrate === "none") return;
        if (ending !== null) {
            if (waiting.length < waitingMax) waiting.push(reached);
            return;
        }
        const isPlain = values.message === "";
        const text = isPlain ? words.celebration(words.number(reached))
            : values.message.replaceAll("{n}", words.number(reached));
        const banner = make("div.milestones-banner.overlay-plate", { role: "status", "data-count": String(reached) },
            make("span.milestones-sign", {}, icon("flag")), make("div.milestones-words", {},
                make("bdi.milestones-reached", {}, clean(text, 80)), make("span.milestones-thanks", {}, words.thanks)));
        el.append(banner);
        el.dataset.celebrating = "true";
        if (values.celebrate === "confetti" && !isStill()) stopConfetti = confetti();
        ending = setTimeout(() => {
            banner.remove();
            delete el.dataset.celebrating;
            ending = null;
            if (waiting.length > 0) celebrate(waiting.shift());
        }, values.seconds * 1_000);
    }

    function confetti() {
        stopConfetti();
        const canvas = make("canvas.milestones-confetti", { "aria-hidden": "true" });
        el.append(canvas);
        const style = getComputedStyle(el);
        const own = ["--overlay-accent", "--overlay-warm", "--overlay-text"].map((name) =>
            style.getPropertyValue(name).trim());
        return throwConfetti(canvas, { seconds: values.seconds, colours: [...own, "#f0736a", "#7aa7f0", "#f5d76e"] });
    }

    function isStill() {
        return values.motion !== "full" || matchMedia("(prefers-reduced-motion: reduce)").matches;
    }

    function watch(guild) {
        const name = guild.id === sampleGuildId ? null : `milestone-${guild.id}`;
        // What was celebrated before a reload is not celebrated again.
        memory.best ??= Math.max((name && Number(remembered(name))) || 0, members) || null;
        const told = watchMilestones(memory.best, members, list);
        memory.best = told.best;
        if (told.reached === null) return;
        if (name) remember(name, told.reached);
        celebrate(told.reached);
    }

    return {
        show({ guild, rules, animate }) {
            if (!rules) return;
            const own = milestonesFrom(values.milestones);
            list = own.length > 0 ? own : milestonesFrom(rules.milestones);
            members = Math.min(Math.max(0, guild.counts.members || 0), countMax);
            const target = nextMilestone(members, list);
            run.set(members, animate);
            setText(next, `/ ${words.number(target)}`);
            setText(rest, words.rest(words.number(target - members)));
            // Of the whole number, as the words beside it say.
            bar.style.setProperty("--part", String(Math.max(0, members / target)));
            watch(guild);
        },
        sample({ kind }) {
            if (kind === "milestone") celebrate(nextMilestone(members, list));
        },
        close() {
            clearTimeout(ending);
            stopConfetti();
            run.close();
            delete el.dataset.celebrating;
        },
    };
}

/** Two circles, the upper one as far round as `--part` says. */
function ring() {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 100 100");
    svg.setAttribute("class", "milestones-ring");
    svg.setAttribute("aria-hidden", "true");
    for (const name of ["milestones-ring-track", "milestones-ring-fill"]) {
        const circle = document.createElementNS(space, "circle");
        for (const [key, value] of Object.entries({ class: name, cx: 50, cy: 50, r: 44, pathLength: 100 })) {
            circle.setAttribute(key, value);
        }
        svg.append(circle);
    }
    return svg;
}

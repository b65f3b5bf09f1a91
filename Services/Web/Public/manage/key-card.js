// One key: what it may do, how long, and how much of its quota is used.

import { at, get } from "/shared/api.js";
import { icon, make } from "/shared/dom.js";
import { fullTime, number, relative } from "/shared/format.js";

const soon = 7 * 86_400_000;
const daysShown = 14;

/** @returns {{isActive: boolean, words: string, tone: "good"|"wait"|"bad"|"quiet"}} */
export function stateOf(key, now) {
    if (key.revoked) {
        // Rotated keys go on until their grace is over.
        return key.revoked > now
            ? { isActive: true, words: `Ends ${relative(key.revoked, now)}`, tone: "wait" }
            : { isActive: false, words: "Revoked", tone: "bad" };
    }
    if (key.expires <= now) return { isActive: false, words: "Expired", tone: "quiet" };
    if (key.expires - now < soon) return { isActive: true, words: `Ends ${relative(key.expires, now)}`, tone: "wait" };
    return { isActive: true, words: "Active", tone: "good" };
}

export function keyCard(key, { guild, me, channels, now, actions }) {
    const state = stateOf(key, now);
    const names = new Map((channels ?? []).map((channel) => [channel.id, `#${channel.name}`]));
    const facts = [
        ["Channels", key.channels.length === 0 ? "all that its maker may see"
            : key.channels.map((id) => names.get(id) ?? id).join(", ")],
        ["Events", key.events.length === 0 ? "all kinds" : key.events.join(", ")],
        ...(key.kind === "api" ? [["Scopes", key.scopes.join(", ")]] : []),
    ];
    const times = make("p.key-times", {}, "Made ", when(key.created, now),
        key.maker === me.user.id ? " by you" : ` by member ${key.maker}`, " · ends ", when(key.expires, now), " · ",
        ...(key.lastUsed ? ["last used ", when(key.lastUsed, now)] : ["never used"]));
    const head = make("div.key-head", {}, make("strong.key-name", { dir: "auto" }, key.name),
        make("span.badge", { "data-tone": state.tone }, state.words),
        ...(key.kind === "api" ? [make("span.badge", {}, key.tier)] : []));
    const list = make("dl.key-facts", {}, ...facts.flatMap(([name, value]) =>
        [make("dt", {}, name), make("dd", {}, value)]));
    const usage = make("div.key-usage");
    if (key.kind === "api" && state.isActive) loadUsage(usage, guild, key);
    return make("li.key.card", { "data-key-id": key.id, "data-active": String(state.isActive) }, icon("key"),
        make("div.key-words", {}, head, list, times, usage), make("div.key-actions", {}, ...actions));
}

function when(ts, now) {
    return make("time", { datetime: new Date(ts).toISOString(), title: fullTime(ts) }, relative(ts, now));
}

/** The quota is an extra: where it cannot be asked, the rest of the card stays. */
async function loadUsage(el, guild, key) {
    try {
        const { minute, day, days } = await get(at`/api/guilds/${guild.id}/keys/${key.id}/usage`);
        el.append(bar("This minute", minute), bar("Today", day), chart(filled(days, Date.now())));
    } catch {
        el.append(make("p.key-times", {}, "How much of its quota is used cannot be told now."));
    }
}

function bar(label, { used, limit }) {
    const words = `${number(used)} of ${number(limit)}`;
    const meter = make("progress.quota-bar", { max: String(Math.max(1, limit)), value: String(Math.min(used, limit)),
        "aria-label": `${label}: ${words}` });
    meter.classList.toggle("is-full", used >= limit);
    return make("div.quota", {}, make("span", {}, label), meter, make("span.quota-words", {}, words));
}

function chart(days) {
    const most = Math.max(1, ...days.map(({ requests }) => requests));
    const words = days.map(({ day, requests }) => `${day}: ${number(requests)}`).join(", ");
    const columns = days.map(({ day, requests }) => {
        const column = make("span.day-column", { title: `${day}: ${number(requests)}` });
        column.style.setProperty("--part", String(requests / most));
        return column;
    });
    return make("div.day-chart", { role: "img", "aria-label": `Requests each day. ${words}` }, ...columns);
}

/** The last days in their order, those without a request too. @param {{day: string, requests: number}[]} days */
export function filled(days, now) {
    const known = new Map(days.map(({ day, requests }) => [day, requests]));
    return Array.from({ length: daysShown }, (_, index) => {
        const day = new Date(now - (daysShown - 1 - index) * 86_400_000).toISOString().slice(0, 10);
        return { day, requests: known.get(day) ?? 0 };
    });
}

// The audit log: every change and every refused access, newest first. For the owner.

import { at, get } from "/shared/api.js";
import { make } from "/shared/dom.js";
import { fullTime, relative } from "/shared/format.js";
import { fill, stateCard, wordsOf } from "/shared/states.js";

const tones = { changed: "good", refused: "bad" };

/** @param {HTMLElement} el @param {{guild: {id: string}, me: object}} facts */
export function AuditView(el, { guild, me }) {
    const page = (cursor) => get(`${at`/api/guilds/${guild.id}/audit`}?${new URLSearchParams(
        { limit: "50", ...(cursor ? { cursor } : {}) })}`);

    return fill(el, () => page(null), ({ entries, next }) => {
        if (entries.length === 0) {
            return [stateCard("list", "Nothing has happened yet",
                "Changes of keys and settings, and refused access, will stand here.")];
        }
        const list = make("ol.audit.card", {}, ...entries.map((entry) => row(entry, me)));
        const more = make("button.button", { type: "button" }, "Show older ones");
        const trouble = make("p.field-problem", { role: "alert" });
        let cursor = next;
        more.hidden = !cursor;
        more.addEventListener("click", async () => {
            more.disabled = true;
            trouble.textContent = "";
            try {
                const older = await page(cursor);
                const rows = older.entries.map((entry) => row(entry, me));
                list.append(...rows);
                cursor = older.next;
                more.hidden = !cursor;
                rows[0]?.querySelector("time").focus();
            } catch (problem) {
                trouble.textContent = wordsOf(problem);
            }
            more.disabled = false;
        });
        return [make("section.section", { "aria-label": "Audit log" }, list,
            make("div.audit-foot", {}, trouble, more))];
    }, 6);
}

function row(entry, me) {
    const who = entry.actor === null ? (entry.key ? "a key" : "somebody unknown")
        : entry.actor === me.user.id ? "you" : `member ${entry.actor}`;
    const words = make("span.audit-words", {}, make("strong", {}, actionInWords(entry.action)), ` by ${who}`,
        ...(entry.actor !== null && entry.key ? [" with a key"] : []));
    const more = [entry.target, ...facts(entry.detail)].filter(Boolean).join(" · ");
    const time = make("time.audit-time", { datetime: new Date(entry.at).toISOString(), title: fullTime(entry.at),
        tabindex: "-1" }, relative(entry.at, Date.now()));
    const outcome = String(entry.outcome);
    return make("li.audit-entry", {}, time,
        make("div.audit-what", {}, words, ...(more ? [make("span.audit-more", { dir: "auto" }, more)] : [])),
        make("span.audit-outcome", {}, ...(entry.count > 1 ? [make("span.badge", {}, `× ${entry.count}`)] : []),
            make("span.badge", { "data-tone": tones[outcome] ?? "quiet" }, outcome)));
}

/** An operation's name as people write: "createKey" → "Create key". */
export function actionInWords(action) {
    const words = action.replace(/(?<=[a-z])([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
    return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {object|string|null} detail @returns {string[]} "name: value" */
function facts(detail) {
    if (detail === null || typeof detail !== "object") return detail ? [String(detail)] : [];
    return Object.entries(detail).map(([name, value]) =>
        `${actionInWords(name)}: ${Array.isArray(value) ? value.join(", ") || "none" : String(value)}`);
}

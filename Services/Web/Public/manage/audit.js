// The audit log: every change and every refused access, newest first. For the owner.

import { at, get } from "/shared/api.js";
import { make } from "/shared/dom.js";
import { fullTime, relative } from "/shared/format.js";
import { fill, stateCard, wordsOf } from "/shared/states.js";

const tones = { ok: "good", done: "good", allowed: "good", refused: "bad", denied: "bad", failed: "bad" };

/** @param {HTMLElement} el @param {{guild: {id: string}, me: object}} facts */
export function AuditView(el, { guild, me }) {
    const page = (cursor) => get(`${at`/api/guilds/${guild.id}/audit`}?${new URLSearchParams(
        { limit: "50", ...(cursor ? { cursor } : {}) })}`);

    return fill(el, () => page(null), ({ audit, entries = audit ?? [], next }) => {
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
                const rows = (older.entries ?? older.audit ?? []).map((entry) => row(entry, me));
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
    const words = make("span.audit-words", {}, make("strong", {}, entry.action), ` by ${who}`,
        ...(entry.actor !== null && entry.key ? [" with a key"] : []));
    const more = [entry.target, entry.detail].map((one) => (one && typeof one === "object" ? JSON.stringify(one)
        : one)).filter(Boolean);
    return make("li.audit-entry", {},
        make("time.audit-time", { datetime: new Date(entry.at).toISOString(), title: fullTime(entry.at),
            tabindex: "-1" }, relative(entry.at, Date.now())),
        make("div.audit-what", {}, words, ...(more.length > 0
            ? [make("span.audit-more", { dir: "auto" }, more.join(" · "))] : [])),
        make("span.audit-outcome", {}, ...(entry.count > 1 ? [make("span.badge", {}, `× ${entry.count}`)] : []),
            make("span.badge", { "data-tone": tones[entry.outcome] ?? "quiet" }, String(entry.outcome))));
}

// What else happens: people come and go, change rooms, get roles, react.

import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { make } from "/shared/dom.js";
import { kindOf } from "/shared/guild.js";
import { reconcile } from "/shared/list.js";
import { wordsOf } from "./activity-words.js";
import { fillPanel } from "./panel.js";
import { refreshTimes, showTime } from "./times.js";

const shownMax = 60;

const tones = {
    "member.joined": "good", "role.granted": "good", "milestone.reached": "good",
    "member.left": "quiet", "voice.left": "quiet",
};

const kinds = [["", "All"], ["voice", "Voice"], ["member", "Members"], ["role", "Roles"], ["reaction", "Reactions"]];

/**
 * @param {HTMLElement} el
 * @param {{title: string, picture: string, nothing: [string, string], kind?: string,
 *   choose?: (kind: string) => void}} how
 *   `choose`: the reader may choose of what kind the entries are, which it is told
 */
export function ActivityList(el, { title, picture, nothing, kind: only = "", choose = null }) {
    const list = make("ol.activities");
    const { body, empty } = fillPanel(el, { picture, title, nothing, rows: 6 }, list);
    let kind = only;
    let guild, activity;

    const buttons = (choose ? kinds : []).map(([name, label]) => {
        const button = make("button.tool", { type: "button", "data-kind": name }, label);
        button.addEventListener("click", () => { setKind(name); choose(name); });
        return button;
    });
    if (choose) {
        const row = make("div.activity-kinds", { role: "toolbar", "aria-label": "Kinds of activity" }, ...buttons);
        row.addEventListener("keydown", (event) => {
            const at = buttons.indexOf(document.activeElement);
            const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
            if (to === undefined) return;
            event.preventDefault();
            buttons[(to + buttons.length) % buttons.length].focus();
        });
        body.before(row);
        showKind();
    }

    function showKind() {
        for (const button of buttons) {
            const isOn = button.dataset.kind === kind;
            button.setAttribute("aria-pressed", String(isOn));
            button.tabIndex = isOn ? 0 : -1;
        }
    }

    function setKind(next) {
        const known = kinds.some(([name]) => name === next) ? next : "";
        if (known === kind) return;
        kind = known;
        showKind();
        draw(false);
    }

    function draw(animate) {
        if (!guild) return;
        const wanted = kind === "" ? activity : activity.filter((entry) => kindOf(entry) === kind);
        const items = wanted.slice(0, shownMax);
        empty.hidden = items.length > 0;
        const isFiltered = kind !== only && activity.length > 0;
        const words = isFiltered ? ["None of these yet", "Other things happened: choose All."] : nothing;
        empty.replaceChildren(make("strong", {}, words[0]), words[1]);
        const now = Date.now();
        reconcile(list, items, {
            key: (entry) => entry.id,
            create: makeEntry,
            update: (element, entry) => showEntry(element, entry, now),
            animate,
        });
    }

    return {
        /** @param {import("/shared/guild.js").Guild} next */
        show(next) {
            if (next.activity === activity && next.id === guild?.id) return;
            const animate = next.id === guild?.id;
            guild = next;
            ({ activity } = next);
            draw(animate);
        },
        setKind,
        showTimes(now) { refreshTimes(list, now); },
    };
}

function makeEntry({ id, event }) {
    const row = make("div.activity-row", {}, makeAvatar(), make("p.activity-text"), make("time.activity-time"));
    const kind = kindOf({ event });
    return make("li.activity.foldable", { "data-event-id": id, "data-kind": kind }, make("div", {}, row));
}

function showEntry(element, entry, now) {
    showAvatar(element.querySelector(".avatar"), { id: entry.userId, name: entry.displayName, url: entry.avatar });
    element.dataset.tone = tones[entry.event] ?? "plain";
    const words = wordsOf(entry.event, entry.payload)
        .map((part) => (Array.isArray(part) ? make("bdi.activity-object", {}, part[0] ?? "") : part));
    const name = make("bdi.activity-name", {}, entry.userId ? entry.displayName : "The guild");
    element.querySelector(".activity-text").replaceChildren(name, ...words.flatMap((word) => [" ", word]));
    showTime(element.querySelector("time"), entry.ts, now);
}

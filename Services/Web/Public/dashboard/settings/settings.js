// Settings: of the shown guild, for who may manage it. Its parts are those of /guilds/{guild}/…, and the bot's rights.

import { icon, make, setText } from "/shared/dom.js";
import { skeleton, stateCard } from "/shared/states.js";
import { AuditView } from "/manage/audit.js";
import { KeysView } from "/manage/keys.js";
import { SettingsView } from "/manage/settings.js";
import { BotView } from "./bot-view.js";

export const styles = ["/manage/manage.css", "/manage/key-dialogs.css", "/dashboard/settings/settings.css"];

const parts = [
    { id: "guild", label: "Guild", picture: "settings", about: "History, time zone, milestones, bad words",
        show: SettingsView },
    { id: "bot", label: "Bot's permissions", picture: "program", about: "What it lacks, and where", show: BotView },
    { id: "keys", label: "Keys", picture: "key", about: "For overlays and programs", show: KeysView },
    { id: "audit", label: "Audit log", picture: "list", about: "Who did what", show: AuditView,
        isFor: (guild) => guild.isOwner },
];
const settle = 1_500;                 // milliseconds that changes of channels are gathered for
const botEvery = 15_000;              // milliseconds; what a role may do is changed without an event for viewers

/** @param {HTMLElement} el @param {import("../context.js").Context} context */
export function mount(el, context) {
    const { query } = context;
    el.classList.add("is-page");
    const title = make("h2.settings-title", {}, "Settings");
    const whose = make("p.settings-whose", { dir: "auto" });
    const nav = make("nav.settings-nav", { "aria-label": "Settings" });
    const body = make("div.settings-body");
    el.append(make("header.settings-head", {}, title, whose), nav, body);

    let shown = null;                 // the guild whose settings these are
    let places = new Map();           // part → {el, view}: one that was shown keeps what was typed into it
    let timer = null;
    let lookedAt = Date.now();
    body.append(skeleton(5));

    function show() {
        const id = context.guild()?.id ?? null;
        const guild = context.ownGuild();
        const state = guild === undefined || !id ? null : `${id} ${guild?.canManage} ${guild?.isOwner}`;
        if (state === null) return;
        if (state !== shown) {
            shown = state;
            places = new Map();
            setText(whose, context.guild().name);
            if (!guild?.canManage) {
                nav.replaceChildren();
                body.replaceChildren(notYours());
                return;
            }
            body.replaceChildren();
        }
        if (guild?.canManage) showPart(guild);
    }

    function showPart(guild) {
        const own = parts.filter(({ isFor = () => true }) => isFor(guild));
        const current = own.find(({ id }) => id === query.get("part")) ?? own[0];
        if (nav.childElementCount !== own.length) nav.replaceChildren(...own.map(link));
        for (const one of nav.children) {
            one.href = hrefOf(one.dataset.part);
            if (one.dataset.part === current.id) one.setAttribute("aria-current", "page");
            else one.removeAttribute("aria-current");
        }
        if (!places.has(current.id)) {
            const place = make("div.settings-part", { "data-part": current.id });
            body.append(place);
            places.set(current.id, { el: place, view: current.show(place, { guild, me: context.me() }) });
        }
        for (const [id, place] of places) place.el.hidden = id !== current.id;
    }

    function link({ id, label, picture, about }) {
        const one = make("a.settings-link", { "data-part": id }, icon(picture),
            make("span.settings-link-words", {}, make("strong", {}, label), make("small", {}, about)));
        one.addEventListener("click", (event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            query.set("part", id === parts[0].id ? null : id);
            show();
        });
        return one;
    }

    function hrefOf(id) {
        const address = new URLSearchParams(location.search);
        address.set("part", id);
        return `?${address}`;
    }

    function notYours() {
        const name = context.guild().name;
        return stateCard("key", `You may not manage ${name}`,
            "Its owner can, and who has Manage Server at Discord. Ask one of them to give you that.");
    }

    /** The bot's rights, where they are what is looked at. */
    function lookAtBot() {
        const bot = places.get("bot");
        if (!bot || bot.el.hidden || el.hidden || document.hidden) return;
        lookedAt = Date.now();
        bot.view.refresh();
    }

    context.onEvent(({ event }) => {
        if (!/^(channel|role|guild)\.|^reset$/.test(event)) return;
        clearTimeout(timer);
        timer = setTimeout(lookAtBot, settle);
    });

    return {
        update: show,
        queryChanged: show,
        tick(now) { if (now - lookedAt >= botEvery) lookAtBot(); },
    };
}

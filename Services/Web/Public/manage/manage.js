// Managing a guild: its keys, its settings, its audit log. For its owner and for who has MANAGE_GUILD.
//
// Addresses:  /manage                         choose a guild
//             /guilds/{guild}/keys|settings|audit

import { at } from "/shared/api.js";
import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { make } from "/shared/dom.js";
import { number } from "/shared/format.js";
import { openPage } from "/shared/page.js";
import { fill, stateCard } from "/shared/states.js";
import { AuditView } from "./audit.js";
import { KeysView } from "./keys.js";
import { SettingsView } from "./settings.js";

const views = {
    keys: { title: "Keys", show: KeysView, isFor: () => true },
    settings: { title: "Settings", show: SettingsView, isFor: () => true },
    audit: { title: "Audit log", show: AuditView, isFor: (guild) => guild.isOwner },
};

openPage({ needsLogin: true, forWhat: "manage a guild" }, (me, guilds) => {
    const place = make("div.manage");
    fill(place, guilds, (own) => showPlace(own, me, place));
    addEventListener("popstate", () => fill(place, guilds, (own) => showPlace(own, me, place)));
    return [place];
});

function showPlace(own, me, place) {
    const managed = own.filter(({ canManage }) => canManage);
    let [, first, id, view] = location.pathname.split("/");
    if (first !== "guilds" && managed.length === 1) {
        id = managed[0].id;
        history.replaceState(null, "", at`/guilds/${id}/keys`);
    } else if (first !== "guilds") {
        return chooser(managed);
    }
    const guild = own.find((one) => one.id === id);
    if (!guild) return [stateCard("key", "There is no such guild", "Or you are not in it, or its bot has left.",
        back())];
    if (!guild.canManage) {
        return [stateCard("key", `You may not manage ${guild.name}`,
            "Its owner can, and who has Manage Server at Discord. Ask one of them to give you that.", back())];
    }
    return manage(guild, managed, views[view] ? view : "keys", me, place);
}

const back = () => make("a.button", { href: "/" }, "To the dashboard");

function chooser(managed) {
    if (managed.length === 0) {
        return [stateCard("settings", "You manage no guild here",
            "To make keys and change settings you have to own a guild, or have Manage Server in it at Discord.",
                back())];
    }
    return [make("header.page-head", {}, make("h1.page-title", {}, "Which guild?")),
        make("ul.stack", {}, ...managed.map((guild) => make("li", {}, make("a.guild-card.card",
            { href: at`/guilds/${guild.id}/keys` }, face(guild), make("strong", { dir: "auto" }, guild.name),
            make("span.guild-card-count", {}, `${number(guild.members)} members`)))))];
}

function face(guild) {
    const picture = makeAvatar("avatar guild-face");
    showAvatar(picture, { id: guild.id, name: guild.name, url: guild.icon });
    return picture;
}

function manage(guild, managed, current, me, place) {
    document.title = `${views[current].title} · ${guild.name} · Guildwire`;
    const role = guild.isOwner ? "You own this guild" : "You may manage this guild";
    const words = make("div.page-head-words", {}, make("h1.page-title", { dir: "auto" }, guild.name),
        make("p.page-lead", {}, role));
    const others = managed.length > 1 ? [make("a.button", { href: "/manage" }, "Another guild")] : [];
    const tabs = make("nav.tabs", { "aria-label": `Manage ${guild.name}` }, ...Object.entries(views)
        .filter(([, view]) => view.isFor(guild)).map(([name, view]) => make("a.tab",
            { href: at`/guilds/${guild.id}/${name}`, ...(name === current ? { "aria-current": "page" } : {}) },
                view.title)));
    tabs.addEventListener("click", (event) => {
        const tab = event.target.closest("a");
        if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        history.pushState(null, "", tab.href);
        const name = tab.pathname.split("/").at(-1);
        place.replaceChildren(...manage(guild, managed, name, me, place));
        place.querySelector(".tab[aria-current]").focus();
    });
    const body = make("div.manage-body");
    const view = views[current];
    if (view.isFor(guild)) view.show(body, { guild, me });
    else body.append(stateCard("key", "Only the owner reads the audit log", "It says who did what here."));
    return [make("header.page-head", {}, face(guild), words, ...others), tabs, body];
}

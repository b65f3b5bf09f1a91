// Who one is, at the right of every page's head: the way in, or a name with what one may do.

import { at, explain } from "./api.js";
import { makeAvatar, showAvatar } from "./avatar.js";
import { icon, make, setText } from "./dom.js";
import { loginAddress, logOut } from "./me.js";
import { tell } from "./tell.js";
import { ThemeToggle } from "./theme-toggle.js";

/** @typedef {{id: string, name: string, canManage: boolean}} OwnGuild */

/**
 * @param {HTMLElement} el
 * @param {() => void} [loggedOut]  what comes behind a log-out; by itself the dashboard, which then asks to log in
 */
export function AccountMenu(el, loggedOut = () => location.assign("/")) {
    const face = makeAvatar("avatar account-face");
    const name = make("span.account-name");
    const button = make("button.account-button", { type: "button", popovertarget: "account-menu" },
        face, name, icon("chevron"));
    const who = make("p.account-who", { dir: "auto" });
    const manage = link("/manage", "settings", "Manage guild");
    const out = make("button.menu-entry", { type: "button" }, icon("leave"), "Log out");
    const menu = make("div.account-menu", { id: "account-menu", popover: "auto", role: "group",
        "aria-label": "Account" },
        who, link("/", "activity", "Dashboard"), link("/account", "person", "Account and sessions"), manage,
        link("/api/docs", "book", "API"), ThemeToggle("menu-entry"), out);
    manage.hidden = true;
    out.addEventListener("click", async () => {
        out.disabled = true;
        try {
            await logOut();
            loggedOut();
        } catch (problem) {
            const { title, text } = explain(problem);
            tell(`${title}. ${text}`, "bad");
            out.disabled = false;
        }
    });
    menu.addEventListener("toggle", (event) => {
        if (event.newState === "open") menu.querySelector("a").focus();
    });
    let guilds = [];
    let current = null;

    function showWay() {
        const here = guilds.find(({ id }) => id === current);
        manage.hidden = guilds.length === 0;
        manage.href = here ? at`/guilds/${here.id}/keys` : "/manage";
    }

    return {
        /** @param {import("./me.js").Me} me */
        show(me) {
            if (me.user) {
                showAvatar(face, { id: me.user.id, name: me.user.name, url: me.user.avatar });
                setText(name, me.user.name);
                setText(who, me.user.name);
                button.setAttribute("aria-label", `Account of ${me.user.name}`);
                el.replaceChildren(button, menu);
            } else if (me.canLogIn) {
                el.replaceChildren(make("a.button.is-main.account-login", { href: loginAddress() },
                    "Log in", make("span.account-login-with", {}, " with Discord")));
            } else {
                el.replaceChildren();
            }
        },

        /** Only who may manage a guild sees the way there. @param {OwnGuild[]} own */
        showGuilds(own) {
            guilds = own.filter(({ canManage }) => canManage);
            showWay();
        },

        /** The guild that the page shows. */
        showCurrent(id) {
            current = id;
            showWay();
        },
    };
}

function link(href, picture, label) {
    return make("a.menu-entry", { href }, icon(picture), label);
}

// The head of the page: which guild, whether the stream is live, light or dark.

import { AccountMenu } from "/shared/account-menu.js";
import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { icon, make, setText } from "/shared/dom.js";
import { ago, duration } from "/shared/format.js";
import { ThemeToggle } from "/shared/theme-toggle.js";

/**
 * @param {HTMLElement} el
 * @param {{choose: (guildId: string) => void, reconnect: () => void}} actions
 */
export function TopBar(el, { choose, reconnect }) {
    const picture = makeAvatar("avatar guild-icon");
    const name = make("h1.guild-name", {}, "Guildwire");
    const select = make("select", { "aria-label": "Guild" });
    const switcher = make("span.guild-switcher", {}, select, icon("chevron"));
    switcher.hidden = true;
    select.addEventListener("change", () => choose(select.value));

    const phase = make("span.connection-phase", {}, "Connecting");
    const detail = make("span.connection-detail");
    const connection = make("button.connection", { type: "button", "data-phase": "connecting" },
        make("span.connection-dot", { "aria-hidden": "true" }), phase, detail);
    connection.addEventListener("click", reconnect);

    const place = make("div.account-place");
    const account = AccountMenu(place);

    el.append(make("div.guild", {}, picture, name, switcher), connection, ThemeToggle(), place);
    showAvatar(picture, { id: null, name: "Guildwire", url: "/shared/favicon.svg" });
    let shown = "";

    return {
        account,

        /** @param {import("/shared/guild.js").Guilds} guilds */
        showGuilds(guilds, current) {
            const guild = guilds.get(current);
            const state = JSON.stringify([current, [...guilds.values()].map(({ id, name, icon }) => [id, name, icon])]);
            if (state === shown) return;
            shown = state;
            select.replaceChildren(...[...guilds.values()].map((one) => make("option", { value: one.id }, one.name)));
            switcher.hidden = guilds.size < 2;
            if (!guild) {
                setText(name, "Guildwire");
                document.title = "Guildwire";
                showAvatar(picture, { id: null, name: "Guildwire", url: "/shared/favicon.svg" });
                return;
            }
            account.showCurrent(current);
            setText(name, guild.name);
            document.title = `${guild.name} · Guildwire`;
            showAvatar(picture, { id: guild.id, name: guild.name, url: guild.icon });
            select.value = current;
        },

        /** @param {import("/shared/stream.js").StreamState} state */
        showConnection(state, now) {
            const words = describe(state, now);
            connection.dataset.phase = state.phase;
            connection.disabled = state.phase !== "lost";
            connection.title = words.title;
            setText(phase, words.phase);
            setText(detail, words.detail);
        },
    };
}

function describe(state, now) {
    if (state.phase === "live") {
        const heard = state.lastEventAt === null ? "" : ago(state.lastEventAt, now);
        const last = heard === "" ? "" : heard === "now" ? "just now" : `${heard} ago`;
        const detail = state.latency === null ? last : duration(state.latency);
        const way = state.latency === null ? "" : `, ${duration(state.latency)} after it happened`;
        return { phase: "Live", detail, title: last ? `Last event ${last}${way}` : "Connected" };
    }
    if (state.phase === "connecting") {
        return { phase: state.wasLive ? "Reconnecting" : "Connecting", detail: "", title: "Waiting for the server" };
    }
    const seconds = Math.max(0, Math.ceil((state.retryAt - now) / 1000));
    const refused = state.problem?.status === 401 || state.problem?.status === 403;
    return { phase: refused ? "No access" : "Offline", detail: `again in ${seconds} s`, title: "Try again now" };
}

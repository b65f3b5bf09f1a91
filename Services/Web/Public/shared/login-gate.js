// The page for who is not logged in, where that is needed: says so, and shows the way in.

import { make } from "./dom.js";
import { loginAddress } from "./me.js";

/**
 * @param {{canLogIn: boolean, wasIn?: boolean, forWhat?: string}} how
 *   `wasIn`: the session ended while the page was open
 */
export function loginGate({ canLogIn, wasIn = false, forWhat = "see this community" }) {
    const title = wasIn ? "Your session has ended" : "Log in to go on";
    const words = wasIn
        ? "It was logged out, here or elsewhere, or its time was over. Log in again and this page goes on."
        : `Guildwire shows each of you what Discord would show you. To ${forWhat}, say who you are.`;
    const way = canLogIn
        ? [make("a.button.is-main.is-large", { href: loginAddress() }, "Log in with Discord"),
            make("p.gate-note", {}, "Guildwire learns your name, your picture and which guilds you share with its bot. "
                + "It never sees your password and cannot write in your name.")]
        : [make("p.gate-note", {}, "Nobody can log in here yet. Whoever runs this server has to set "
            + "DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET at the web service.")];
    return make("section.gate", { "aria-labelledby": "gate-title" },
        make("img.gate-sign", { src: "/shared/favicon.svg", alt: "", width: "56", height: "56" }),
        make("h1.gate-title", { id: "gate-title", tabindex: "-1" }, title), make("p.gate-text", {}, words), ...way);
}

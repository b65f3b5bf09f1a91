// The frame of a page: its head, who looks, and the way in where one has to be logged in.

import { demoBanner } from "./demo-banner.js";
import { loginGate } from "./login-gate.js";
import { ownGuilds, whoAmI } from "./me.js";
import { SiteBar } from "./site-bar.js";
import { fill, onUnauthorised } from "./states.js";

/**
 * @param {{needsLogin: boolean, forWhat?: string}} how
 * @param {(me: import("./me.js").Me, guilds: () => Promise<object[]>) => Node[]} show  what the page is about;
 *   `guilds`: one's own, asked for once
 */
export function openPage({ needsLogin, forWhat }, show) {
    const main = document.querySelector("main");
    const bar = SiteBar(document.querySelector(".site-bar"));
    let canLogIn = true;

    const gate = (wasIn) => {
        for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
        bar.show({ user: null, canLogIn: false });
        main.replaceChildren(loginGate({ canLogIn, wasIn, forWhat }));
        main.querySelector("h1").focus();
    };
    onUnauthorised(() => gate(true));

    return fill(main, whoAmI, (me) => {
        ({ canLogIn } = me);
        bar.show(me);
        document.querySelector(".site-bar").before(...demoBanner(me));
        if (needsLogin && !me.user) return [loginGate({ canLogIn, forWhat })];
        let asked = null;
        const guilds = () => (asked ??= ownGuilds().catch((problem) => { asked = null; throw problem; }));
        if (me.user) guilds().then((own) => bar.showGuilds(own)).catch(() => { /* the page itself tells */ });
        return show(me, guilds);
    });
}

// Who looks at the dashboard: the demo's banner, the account menu, and the way in for who has to log in.

import { demoBanner } from "/shared/demo-banner.js";
import { loginGate } from "/shared/login-gate.js";
import { ownGuilds, whoAmI } from "/shared/me.js";

/**
 * @param {ReturnType<import("/shared/account-menu.js").AccountMenu>} account
 * @param {{hasKey: boolean, close: () => void}} page
 *   `hasKey`: a key in the address says who looks; `close` ends the stream
 */
export function Visitor(account, { hasKey, close }) {
    let me = null;
    let isAtGate = false;

    const known = whoAmI().then((answer) => {
        me = answer;
        account.show(me);
        document.querySelector(".notices").prepend(...demoBanner(me));
        if (me.access === "login" && !me.user && !hasKey) gate(false);
        else if (me.user) return ownGuilds().then((guilds) => account.showGuilds(guilds));
    }).catch(() => { /* the stream says what is wrong; without the guilds there is no way to manage them */ });

    function gate(wasIn) {
        if (isAtGate) return;
        isAtGate = true;
        close();
        document.body.dataset.gate = "";
        document.querySelector(".notices").hidden = true;
        account.show({ user: null, canLogIn: false });
        document.querySelector("main").after(loginGate({ canLogIn: me?.canLogIn ?? true, wasIn }));
        document.querySelector(".gate-title").focus();
    }

    return {
        /** Whether there is no stream because nobody is logged in: then the page asks to log in. */
        isTurnedAway({ problem, wasLive }) {
            if (problem?.kind !== "unauthorised" || hasKey) return isAtGate;
            known.then(() => gate(wasLive || Boolean(me?.user)));
            return true;
        },
    };
}

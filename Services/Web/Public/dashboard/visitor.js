// Who looks at the dashboard: the demo's banner, the account menu, and the way in for who has to log in.

import { demoBanner } from "/shared/demo-banner.js";
import { make } from "/shared/dom.js";
import { loginGate } from "/shared/login-gate.js";
import { ownGuilds, whoAmI } from "/shared/me.js";
import { onUnauthorised } from "/shared/states.js";

const lookAgainAfter = 30_000;        // milliseconds

/**
 * @param {ReturnType<import("/shared/account-menu.js").AccountMenu>} account
 * @param {{hasKey: boolean, close: () => void, changed: () => void}} page
 *   `hasKey`: a key in the address says who looks; `close` ends the stream; `changed`: more is known
 */
export function Visitor(account, { hasKey, close, changed }) {
    let me = null;
    let own = null;                   // until it is known
    let isAtGate = false;
    let askedAt = -Infinity;          // for the guilds, for more than the first time

    const known = whoAmI().then((answer) => {
        me = answer;
        account.show(me);
        document.querySelector(".notices").prepend(...demoBanner(me));
        if (me.access === "login" && !me.user && !hasKey) gate(false);
        else if (me.user) return ownGuilds().then((guilds) => account.showGuilds(own = guilds));
    }).catch(() => { /* the stream says what is wrong; without the guilds nothing can be managed */ }).then(() => {
        own ??= [];
        changed();
    });
    onUnauthorised(() => gate(true));

    function gate(wasIn) {
        if (isAtGate) return;
        isAtGate = true;
        close();
        document.body.dataset.gate = "";
        document.querySelector(".notices").hidden = true;
        account.show({ user: null, canLogIn: false });
        const main = document.querySelector("main");
        const way = loginGate({ canLogIn: me?.canLogIn ?? true, wasIn });
        const place = make("main", { id: main.id, tabindex: "-1" }, way);
        main.replaceWith(place);
        document.querySelector(".gate-title").focus();
        // Before there is a guild nobody can log in to one: then the way there is told to anyone.
        if (!wasIn) import("./first-run/at-gate.js").then(({ showBelow }) => showBelow(place)).catch(console.warn);
    }

    return {
        /** @returns {import("/shared/me.js").Me|null} */
        get me() { return me; },

        /** The guild as the server tells it to who is in it: whether they may manage it. Undefined until it has. */
        ownGuild: (id) => (own ? own.find((guild) => guild.id === id) ?? null : undefined),

        /** A guild has come that is not known yet, or nobody could say what one may manage: it is asked for again. */
        async lookAgain(ids, now) {
            if (!me?.user || !own || now - askedAt < lookAgainAfter) return;
            if (ids.every((id) => own.some((one) => one.id === id))) return;
            askedAt = now;
            try {
                account.showGuilds(own = await ownGuilds());
                changed();
            } catch {
                // The next snapshot asks again.
            }
        },

        /** Whether there is no stream because nobody is logged in: then the page asks to log in. */
        isTurnedAway({ problem, wasLive }) {
            if (problem?.kind !== "unauthorised" || hasKey) return isAtGate;
            known.then(() => gate(wasLive || Boolean(me?.user)));
            return true;
        },
    };
}

// What Activity shows where there is nothing to draw: no database, nothing stored, no access, no answer.

import { explain } from "/shared/api.js";
import { make } from "/shared/dom.js";
import { loginAddress } from "/shared/me.js";
import { failure, stateCard } from "/shared/states.js";

/** A problem in a few words, without a full stop. */
export function inShort(problem) {
    const { title } = explain(problem);
    return title.charAt(0).toLowerCase() + title.slice(1);
}

/**
 * @param {import("/shared/api.js").APIProblem} problem @param {import("../context.js").Context} context
 * @param {() => void} again
 */
export function refusal(problem, context, again) {
    if (problem.status === 401) {
        return alerting(stateCard("key", "Log in to see what was stored",
            "What happened over time is for people whom the server knows.", ...login(context)));
    }
    if (problem.status === 503 && problem.detail.includes("DATABASE_URL")) return noDatabase(again);
    if (problem.status === 404) {
        return alerting(stateCard("key", "Nothing is kept here for you",
            "There is no such guild, or you are in it no more."));
    }
    return failure(problem, again);
}

function login(context) {
    return context.me()?.canLogIn
        ? [make("a.button.is-main", { href: loginAddress() }, "Log in with Discord")] : [];
}

/** Live goes on without a database, so this is no failure: it says what would be won, and how. */
function noDatabase(again) {
    const button = make("button.button", { type: "button" }, "Look again");
    button.addEventListener("click", again);
    const steps = make("ol.state-steps", {},
        make("li", {}, "Have a PostgreSQL, and an address for it such as ",
            make("code", {}, "postgres://guildwire:…@127.0.0.1/guildwire")),
        make("li", {}, "Set it as ", make("code", {}, "DATABASE_URL"), " at the analytics and the web service."),
        make("li", {}, "Start both again. From then on history is kept, and this page draws it."));
    return stateCard("chart", "This server keeps no history",
        "Live works without a database. Charts over time need PostgreSQL, which this server was not given.",
        steps, button);
}

/** @param {{words: string}} range */
export function nothingStored(context, { words }) {
    const canManage = Boolean(context.ownGuild()?.canManage);
    const actions = [];
    if (canManage) {
        const way = make("button.button", { type: "button" }, "Look at the settings");
        way.addEventListener("click", () => context.go("settings"));
        actions.push(way);
    }
    return stateCard("chart", `Nothing is stored of the last ${words}`,
        `Messages, voice and members are counted from when this server first keeps them${canManage
            ? ", if this guild's settings keep a history of it." : "."}`, ...actions);
}

function alerting(card) {
    card.setAttribute("role", "alert");
    return card;
}

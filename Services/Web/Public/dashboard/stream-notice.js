// Says plainly why nothing comes, and what to do about it. Silent while the stream works.

import { make } from "/shared/dom.js";

/**
 * @param {HTMLElement} el
 * @param {{reconnect: () => void}} actions
 */
export function StreamNotice(el, { reconnect }) {
    let shown = null;

    function button() {
        const again = make("button", { type: "button" }, "Try again");
        again.addEventListener("click", reconnect);
        return again;
    }

    return {
        /** @param {import("/shared/stream.js").StreamState} state */
        show(state) {
            const { problem } = state;
            const text = problem && JSON.stringify([problem, state.phase]);
            if (text === shown) return;
            shown = text;
            el.hidden = problem === null;
            if (problem === null) return;
            el.dataset.kind = problem.kind;
            el.replaceChildren(make("div", {}, ...words(problem, state.wasLive)));
            if (state.phase === "lost") el.append(button());
        },
    };
}

function words(problem, wasLive) {
    const kept = wasLive ? " What you see is from before." : "";
    switch (problem.kind) {
    case "unauthorised":
        return [make("strong", {}, "You are not signed in (401)."),
            make("p", {}, "The server shows this community only to viewers it knows. "
                + `For a demo on this machine, start it with WEB_ACCESS=open.${kept}`)];
    case "forbidden":
        return [make("strong", {}, "You may not see this guild (403)."),
            make("p", {}, `The server knows you, but not as someone who may look here.${kept}`)];
    case "notReady":
        return [make("strong", {}, "The server is not ready."), missing(problem), make("p", {}, kept.trim())];
    case "stale":
        return [make("strong", {}, "Nothing new is coming in."), missing(problem),
            make("p", {}, "This page goes on by itself when it is back.")];
    case "busy":
        return [make("strong", {}, "The server is busy."),
            make("p", {}, `It asked this page to come back in a moment, which it does by itself.${kept}`)];
    case "unreachable":
        return [make("strong", {}, "The server cannot be reached."),
            make("p", {}, `This page keeps trying and catches up by itself.${kept}`)];
    default:
        return [make("strong", {}, `The server refused the stream${problem.status ? ` (${problem.status})` : ""}.`),
            make("p", {}, `${problem.detail ?? "This page keeps trying."}${kept}`)];
    }
}

function missing(problem) {
    const items = problem.missing.map(({ name, reason }) => make("li", {}, make("b", {}, name), `: ${reason}`));
    return make("ul", {}, ...items);
}

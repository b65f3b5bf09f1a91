// What a part of a page shows while it loads, when there is nothing, and when it failed.

import { APIProblem, explain } from "./api.js";
import { icon, make } from "./dom.js";

let unauthorised = () => {};

/** What to do when an answer says that nobody is logged in any more. */
export function onUnauthorised(handle) {
    unauthorised = handle;
}

/**
 * Loads and shows: grey rows first, then what came, or why it did not with a way to try again.
 * @template Value
 * @param {HTMLElement} el
 * @param {() => Promise<Value>} load
 * @param {(value: Value) => Node[]} show
 */
export async function fill(el, load, show, rows = 3) {
    el.setAttribute("aria-busy", "true");
    el.replaceChildren(skeleton(rows));
    try {
        const value = await load();
        el.replaceChildren(...show(value));
    } catch (problem) {
        if (!(problem instanceof APIProblem)) throw problem;
        if (problem.status === 401) unauthorised();
        else el.replaceChildren(failure(problem, () => fill(el, load, show, rows)));
    } finally {
        el.removeAttribute("aria-busy");
    }
}

/** What became of a change that failed: said where it was made, or the way to log in. */
export function wordsOf(problem) {
    if (!(problem instanceof APIProblem)) throw problem;
    if (problem.status === 401) unauthorised();
    const { title, text } = explain(problem);
    return `${title}. ${text}`.trim();
}

export function skeleton(rows) {
    const grey = make("div.grey-rows", { "aria-hidden": "true" });
    for (let row = 0; row < rows; row += 1) grey.append(make("div.grey-row"));
    return grey;
}

export function failure(problem, again = null) {
    const { title, text } = explain(problem);
    const card = stateCard(problem.status === 403 || problem.status === 404 ? "key" : "alert", title, text);
    card.setAttribute("role", "alert");
    if (again && problem.status !== 403) {
        const button = make("button.button", { type: "button" }, "Try again");
        button.addEventListener("click", again);
        card.append(button);
    }
    return card;
}

/** @param {...Node} actions */
export function stateCard(picture, title, text, ...actions) {
    return make("div.state-card", {}, icon(picture), make("h2.state-title", {}, title),
        ...(text ? [make("p.state-text", {}, text)] : []), ...actions);
}

// What all panels have: a head with icon, title and count, and a body that scrolls, with grey rows while loading
// and a word where there is nothing.

import { icon, make } from "/shared/dom.js";

/**
 * @param {HTMLElement} el  a section with an id
 * @param {{picture: string, title: string, nothing: [string, string], rows: number, role?: string}} how
 * @param {HTMLElement} list  what the panel is for
 */
export function fillPanel(el, { picture, title, nothing, rows, role = "group" }, list) {
    const titleId = `${el.id}-title`;
    const count = make("span.panel-count");
    const empty = make("div.panel-empty", {}, make("strong", {}, nothing[0]), nothing[1]);
    const skeleton = make("div.skeleton", { "aria-hidden": "true" });
    for (let row = 0; row < rows; row += 1) skeleton.append(make("div.skeleton-row"));
    const body = make("div.panel-body", { tabindex: "0", role, "aria-labelledby": titleId }, skeleton, empty, list);
    const heading = make("h2.panel-title", { id: titleId }, title);
    const head = make("header.panel-head", {}, icon(picture), heading, count);
    el.append(head, body);
    return { head, body, count, empty };
}

// Questions and forms over the page. Escape closes; the focus goes back to where it was.

import { icon, make } from "./dom.js";

let count = 0;

/**
 * @param {string} title
 * @param {Node[]} content
 * @param {{wide?: boolean, closed?: () => void}} [how]
 * @returns {{el: HTMLDialogElement, close: () => void}}
 */
export function openDialog(title, content, { wide = false, closed = () => {} } = {}) {
    const id = `dialog-${count += 1}`;
    const shut = make("button.icon-button", { type: "button", "aria-label": "Close" }, icon("close"));
    const el = make("dialog.dialog", { "aria-labelledby": id },
        make("header.dialog-head", {}, make("h2.dialog-title", { id }, title), shut),
        make("div.dialog-body", {}, ...content));
    el.classList.toggle("is-wide", wide);
    shut.addEventListener("click", () => el.close());
    const before = document.activeElement;
    el.addEventListener("close", () => {
        el.remove();
        if (before?.isConnected) before.focus();
        closed();
    });
    document.body.append(el);
    el.showModal();
    return { el, close: () => el.close() };
}

/**
 * Asks before something that cannot be taken back.
 * @param {{title: string, text: string, action: string}} question
 * @param {() => Promise<void>} act  runs while the dialog waits; what it throws is shown there by `explain`
 * @param {(problem: Error) => {title: string, text: string}} explain
 */
export function confirm({ title, text, action }, act, explain) {
    const yes = make("button.button.is-danger", { type: "button" }, action);
    const no = make("button.button", { type: "button" }, "Cancel");
    const trouble = make("p.field-problem", { role: "alert" });
    const { close } = openDialog(title, [make("p.dialog-text", {}, text), trouble,
        make("div.dialog-foot", {}, no, yes)]);
    no.addEventListener("click", close);
    yes.addEventListener("click", async () => {
        yes.disabled = true;
        trouble.textContent = "";
        try {
            await act();
            close();
        } catch (problem) {
            const words = explain(problem);
            trouble.textContent = `${words.title}. ${words.text}`;
            yes.disabled = false;
        }
    });
    no.focus();
}

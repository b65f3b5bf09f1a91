// A text that is meant to be taken along, with a button that copies it.

import { icon, make } from "./dom.js";
import { tell } from "./tell.js";

/** @param {string} label  what it is, for screen readers and the message */
export function copyField(label, text) {
    const field = make("input.copy-text", { type: "text", readonly: "", "aria-label": label, spellcheck: "false" });
    field.value = text;
    field.addEventListener("focus", () => field.select());
    const button = copyButton(label, () => text, field);
    return make("div.copy-field", {}, field, button);
}

/** @param {() => string} textOf @param {HTMLInputElement|null} field  what is selected where nothing may be copied */
export function copyButton(label, textOf, field = null) {
    const button = make("button.button.copy-button", { type: "button", "aria-label": `Copy: ${label}` },
        icon("copy"), "Copy");
    button.addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(textOf());
            button.firstChild.replaceWith(icon("check"));
            tell(`${label} copied`);
        } catch {
            // Without https a page may not touch the clipboard.
            field?.select();
            tell("Your browser lets this page copy nothing: press Ctrl+C", "bad");
        }
    });
    return button;
}

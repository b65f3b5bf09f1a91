// The head of the builder: what is built, whether it is kept, and what to do with it.

import { icon, make, setText } from "/shared/dom.js";

/** @param {HTMLElement} el @param {{back: () => void, save: () => void, use: () => void, revert: () => void}} on */
export function BuilderHead(el, { back, save, use, revert }) {
    const all = make("a.button.back-link", { "aria-label": "All overlays" }, icon("chevron"),
        make("span", {}, "All overlays"));
    const title = make("h2.builder-title", { tabindex: "-1" });
    const state = make("p.builder-state", { role: "status" });
    const undo = make("button.button.undo-button", { type: "button" }, icon("turn"), make("span"));
    const keep = make("button.button", { type: "button" }, "Save");
    const take = make("button.button.is-main", { type: "button" }, icon("program"), "Use in OBS");
    el.append(all, make("div.builder-words", {}, title, state), make("div.builder-actions", {}, undo, keep, take));

    all.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        back();
    });
    undo.addEventListener("click", revert);
    keep.addEventListener("click", save);
    take.addEventListener("click", use);

    return {
        focus() { title.focus({ preventScroll: true }); },
        /** @param {{label: string, preset: object|null, isDirty: boolean, canUndo: boolean, isSaving: boolean,
         *   canSave: boolean, isTooLong: boolean, backHref: string}} facts */
        show({ label, preset, isDirty, canUndo, isSaving, canSave, isTooLong, backHref }) {
            all.href = backHref;
            setText(title, preset ? preset.name : label);
            title.dir = preset ? "auto" : "ltr";
            setText(state, [preset ? label : "", isTooLong ? "Too many settings: leave some out to save it"
                : isSaving ? "Saving …" : !isDirty ? preset ? "Saved" : "As usual"
                    : preset ? "Changes not saved" : "Not saved as a preset"].filter(Boolean).join(" · "));
            state.dataset.tone = isTooLong ? "bad" : isDirty && preset ? "wait" : "quiet";
            undo.hidden = !isDirty && !canUndo;
            const words = canUndo ? "Bring changes back" : preset ? "Back to saved" : "Back to usual";
            setText(undo.lastChild, words);
            undo.setAttribute("aria-label", words);
            undo.title = words;
            keep.hidden = !canSave;
            keep.disabled = isSaving || isTooLong || (preset !== null && !isDirty);
            setText(keep, preset ? "Save" : "Save as preset");
        },
    };
}

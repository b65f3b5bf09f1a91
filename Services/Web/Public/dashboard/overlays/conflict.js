// Two people changed one preset: what to do is for a person to say.

import { openDialog } from "/shared/dialog.js";
import { make } from "/shared/dom.js";
import { failure } from "/shared/states.js";

/**
 * @param {{name: string, isGone: boolean, theirs: () => Promise<void>, mine: () => Promise<void>,
 *   another: () => void}} how  `isGone`: it was deleted meanwhile
 */
export function conflictDialog({ name, isGone, theirs, mine, another }) {
    const trouble = make("div.conflict-trouble");
    let after = () => {};
    const ways = isGone ? [["Save it as a new preset", "is-main", another]] : [
        ["Show theirs", "", theirs, "What you have changed here is dropped."],
        ["Save mine over it", "", mine, "What they have changed is dropped."],
        ["Save mine as a new preset", "is-main", another, "Both stay."],
    ];
    const rows = ways.map(([words, tone, run, about = ""]) => {
        const button = make(`button.button${tone ? `.${tone}` : ""}`, { type: "button" }, words);
        button.addEventListener("click", async () => {
            trouble.replaceChildren();
            for (const one of buttons) one.disabled = true;
            try {
                // What takes the focus comes when the dialog has given it back.
                if (run === another) after = another;
                else await run();
                close();
            } catch (problem) {
                trouble.replaceChildren(failure(problem));
                for (const one of buttons) one.disabled = false;
            }
        });
        return [button, make("div.conflict-way", {}, button, make("span.field-hint", {}, about))];
    });
    const buttons = rows.map(([button]) => button);
    const { close } = openDialog(isGone ? `“${name}” was deleted meanwhile` : `“${name}” was changed meanwhile`,
        [make("p.dialog-text", {}, isGone ? "Somebody else deleted it. What you have here is not lost."
            : "Somebody else saved it while you worked on it. Nothing of yours is lost; say which counts."),
        ...rows.map(([, el]) => el), trouble], { closed: () => after() });
    buttons.at(-1).focus();
}

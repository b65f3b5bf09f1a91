// A test event: all overlays of the guild, those in OBS too, show a sample.

import { at, call } from "/shared/api.js";
import { icon, make, setText } from "/shared/dom.js";
import { wordsOf } from "/shared/states.js";
import { tell } from "/shared/tell.js";
import { sampleWords } from "./option-words.js";

/** @param {() => string|null} guild */
export function TestSender(guild) {
    const hint = make("p.field-hint");
    const trouble = make("p.field-problem", { role: "alert" });
    const row = make("div.use-actions", { role: "group", "aria-label": "Send a test event" });
    let drawn = null;

    async function send(kind, button) {
        setText(trouble, "");
        button.disabled = true;
        try {
            await call("POST", at`/api/guilds/${guild()}/overlay-tests`, { body: { kind } });
            tell("Sent: the overlays of this guild show a sample now");
        } catch (problem) {
            setText(trouble, wordsOf(problem));
        }
        button.disabled = false;
        button.focus();
    }

    return {
        el: make("div.test-sender", {}, hint, row, trouble),
        /** @param {string[]} kinds @param {string} rights */
        show(kinds, rights) {
            const may = rights === "manage";
            setText(hint, may ? "Sends a made-up event to every overlay of this guild, so that you see it arrive "
                + "in OBS. It is seen on your stream, too."
                : "Who manages this guild can send a test event to its overlays. In the preview, samples play for "
                    + "you alone.");
            row.hidden = !may;
            if (drawn === kinds.join()) return;
            drawn = kinds.join();
            row.replaceChildren(...kinds.map((kind) => {
                const button = make("button.button", { type: "button", "data-test": kind }, icon("activity"),
                    sampleWords[kind]);
                button.addEventListener("click", () => send(kind, button));
                return button;
            }));
        },
    };
}

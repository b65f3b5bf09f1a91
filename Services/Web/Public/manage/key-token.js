// A new token, this once; and making a new one for a key that is there.

import { at, call } from "/shared/api.js";
import { copyField } from "/shared/copy.js";
import { openDialog } from "/shared/dialog.js";
import { make } from "/shared/dom.js";
import { wordsOf } from "/shared/states.js";

/** What stands in OBS. */
export function overlayAddress(guild, token, origin = location.origin) {
    return `${origin}/overlays/voice?${new URLSearchParams({ guild: guild.id, key: token })}`;
}

/** @returns {Node[]} what a dialog shows of a token that was just made */
export function tokenParts({ guild, key, token, done }) {
    const close = make("button.button.is-main", { type: "button" }, "I have copied it");
    close.addEventListener("click", done);
    const ways = key.kind === "overlay"
        ? [part("Overlay address, for a browser source in OBS",
            copyField("Overlay address", overlayAddress(guild, token)))]
        : [part("Try it", copyField("Command",
            `curl -H "Authorization: Bearer ${token}" ${location.origin}/api/guilds/${guild.id}/channels`))];
    return [
        make("p.token-once", {}, make("strong", {}, "Copy it now."),
            " Guildwire keeps only a fingerprint of it, so nobody "
            + "can show it again. Whoever has it can use it: give it to nobody else."),
        part("Key", copyField("Key", token)), ...ways, make("div.dialog-foot", {}, close),
    ];
}

function part(label, field) {
    return make("div.field", {}, make("span.field-label", {}, label), field);
}

const graces = [[0, "ends at once"], [3_600, "works one more hour"], [86_400, "works one more day"],
    [604_800, "works seven more days"]];

export function rotateDialog({ guild, key, made }) {
    const grace = make("select.input", { id: "grace" }, ...graces.map(([seconds, words]) =>
        make("option", { value: String(seconds) }, `The old one ${words}`)));
    grace.value = "86400";
    const trouble = make("p.field-problem", { role: "alert" });
    const yes = make("button.button.is-main", { type: "submit" }, "Make a new token");
    const no = make("button.button", { type: "button" }, "Cancel");
    const form = make("form.key-form", {},
        make("p.dialog-text", {}, "The key gets a new token, with the same rights. Put it where the old one is."),
        make("div.field", {}, make("label.field-label", { for: "grace" }, "And the old token?"), grace), trouble,
        make("div.dialog-foot", {}, no, yes));
    let isMade = false;
    const { el, close } = openDialog(`Rotate “${key.name}”`, [form],
        { wide: true, closed: () => { if (isMade) made(); } });
    no.addEventListener("click", close);
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        yes.disabled = true;
        trouble.textContent = "";
        try {
            const path = at`/api/guilds/${guild.id}/keys/${key.id}/rotate`;
            const { value } = await call("POST", path, { body: { graceSeconds: Number(grace.value) } });
            isMade = true;
            form.replaceWith(...tokenParts({ guild, key: value.key, token: value.token, done: close }));
            el.querySelector(".copy-button").focus();
        } catch (problem) {
            trouble.textContent = wordsOf(problem);
            yes.disabled = false;
        }
    });
}

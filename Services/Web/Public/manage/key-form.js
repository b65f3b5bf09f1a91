// The form that makes a key.

import { at, call } from "/shared/api.js";
import { openDialog } from "/shared/dialog.js";
import { make } from "/shared/dom.js";
import { wordsOf } from "/shared/states.js";
import { tokenParts } from "./key-token.js";
import { ChannelPicker, KindPicker, ScopePicker } from "./pickers.js";

const day = 86_400_000;
const lives = [[7, "7 days"], [30, "30 days"], [90, "90 days"], [365, "a year"]];

/** @param {{guild: object, kind: "overlay"|"api", channels: object[]|null, made: () => void}} how */
export function makeKeyDialog({ guild, kind, channels, made }) {
    const isOverlay = kind === "overlay";
    const name = make("input", { type: "text", id: "key-name", maxlength: "64", required: "", autocomplete: "off",
        placeholder: isOverlay ? "Stream scene" : "Statistics script",
            "aria-describedby": "key-name-hint key-problem" });
    const life = make("select.input", { id: "key-life" }, ...lives.map(([days, words]) =>
        make("option", { value: String(days) }, `After ${words}`)));
    life.value = isOverlay ? "365" : "90";
    const where = ChannelPicker(channels);
    const what = KindPicker(isOverlay ? ["voice"] : []);
    const scopes = isOverlay ? null : ScopePicker();
    const trouble = make("p.field-problem", { id: "key-problem", role: "alert" });
    const yes = make("button.button.is-main", { type: "submit" }, "Make the key");
    const no = make("button.button", { type: "button" }, "Cancel");
    const form = make("form.key-form", { novalidate: "" },
        field("key-name", "Name", name, make("span.field-hint", { id: "key-name-hint" },
            isOverlay ? "Where you use it, so that you find it again." : "Which program it is for.")),
        ...(scopes ? [scopes.el] : []), where.el, what.el,
        field("key-life", "It ends", life), trouble, make("div.dialog-foot", {}, no, yes));
    let isMade = false;
    const title = isOverlay ? "New overlay key" : "New API key";
    const { el, close } = openDialog(title, [form], { wide: true, closed: () => { if (isMade) made(); } });
    no.addEventListener("click", close);
    name.focus();
    name.addEventListener("input", () => name.removeAttribute("aria-invalid"));

    /** What is missing, in words, and where. */
    function lack() {
        if (name.value.trim() === "") return ["Give the key a name.", name];
        if (where.value() === null) return ["Choose at least one channel, or all of them.", where.el];
        if (where.isTooMany()) return [`A key takes at most ${where.max} channels, or all of them.`, where.el];
        if (what.value() === null) return ["Choose at least one kind of event, or all of them.", what.el];
        if (scopes && scopes.value().length === 0) return ["Choose at least one thing that the key may do.", scopes.el];
        return null;
    }

    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const missing = lack();
        trouble.textContent = missing?.[0] ?? "";
        if (missing) {
            const [, at] = missing;
            if (at === name) name.setAttribute("aria-invalid", "true");
            (at.matches("input") ? at : at.querySelector("input")).focus();
            return;
        }
        yes.disabled = true;
        try {
            const body = { kind, name: name.value.trim(), channels: where.value(), events: what.value(),
                expires: Date.now() + Number(life.value) * day, ...(scopes ? { scopes: scopes.value() } : {}) };
            const { value } = await call("POST", at`/api/guilds/${guild.id}/keys`, { body });
            isMade = true;
            el.querySelector(".dialog-title").textContent = `“${value.key.name}” is made`;
            form.replaceWith(...tokenParts({ guild, key: value.key, token: value.token, done: close }));
            el.querySelector(".copy-button").focus();
        } catch (problem) {
            trouble.textContent = wordsOf(problem);
            yes.disabled = false;
        }
    });
}

function field(id, label, input, ...more) {
    return make("div.field", {}, make("label.field-label", { for: id }, label), input, ...more);
}

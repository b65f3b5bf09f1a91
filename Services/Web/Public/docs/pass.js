// As whom calls are tried: by the own session, with a key, or as nobody. A key stays in this page's memory alone.

import { make } from "/shared/dom.js";

/** @param {import("/shared/me.js").Me} me */
export function Pass(me) {
    const watchers = new Set();
    const key = make("input", { type: "password", id: "pass-key", autocomplete: "off", spellcheck: "false",
        placeholder: "gwk1.…",
        "aria-describedby": "pass-hint" });
    const words = [
        ["session", me.user ? `As ${me.user.name}` : "As yourself (log in first)"],
        ["key", "With a key"],
        ["none", "As nobody"],
    ];
    const radios = words.map(([value, label]) => {
        const input = make("input", { type: "radio", name: "pass", value });
        input.disabled = value === "session" && !me.user;
        input.addEventListener("change", () => {
            field.hidden = chosen() !== "key";
            if (chosen() === "key") key.focus();
            tell();
        });
        return { input, el: make("label.choice", {}, input, make("span", { dir: "auto" }, label)) };
    });
    const field = make("div.field.pass-key", {}, make("label.field-label", { for: "pass-key" }, "Key"), key,
        make("span.field-hint", { id: "pass-hint" }, "It stays in this page's memory until you leave it."));
    field.hidden = true;
    radios[me.user ? 0 : 2].input.checked = true;
    key.addEventListener("input", tell);

    function chosen() {
        return radios.find(({ input }) => input.checked).input.value;
    }

    function tell() {
        for (const watch of watchers) watch();
    }

    return {
        el: make("fieldset.pass.card", {}, make("legend.field-label", {}, "Try calls"),
            make("div.pass-ways", {}, ...radios.map(({ el }) => el)), field),

        /** @returns {"session"|"key"|"none"} */
        get kind() { return chosen(); },

        /** What a request takes along. @returns {RequestInit} */
        get credentials() {
            if (chosen() === "session") return { credentials: "same-origin", headers: {} };
            const headers = chosen() === "key" ? { authorization: `Bearer ${key.value.trim()}` } : {};
            return { credentials: "omit", headers };
        },

        /** Calls when another way is chosen. */
        onChange(watch) { watchers.add(watch); },
    };
}

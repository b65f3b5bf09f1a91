// Which key stands in the overlay's address: one made on the spot, or one that is pasted. Kept no longer than the page.

import { at, call } from "/shared/api.js";
import { icon, make, setText } from "/shared/dom.js";
import { wordsOf } from "/shared/states.js";
import { tell } from "/shared/tell.js";
import { eventsFor, keyFrom } from "./overlay-address.js";

const year = 365 * 86_400_000;
const channelsMax = 20;                   // of one key
const nameMax = 64;

let count = 0;

/** @param {() => import("./use-panel.js").Use} use @param {() => void} changed */
export function KeyChoice(use, changed) {
    const id = `key-choice-${count += 1}`;
    const held = new Map();               // guild → {token, id, name, events, channels}
    const pasted = new Map();             // guild → token
    let way = null;                       // "make", "paste", "none"; null: as it is usual
    let isFor = null;                     // the overlay and guild that the name was made for

    const name = make("input", { type: "text", id: `${id}-name`, maxlength: String(nameMax), autocomplete: "off",
        "aria-describedby": `${id}-trouble` });
    const narrow = make("input", { type: "checkbox" });
    const narrowWords = make("span");
    const narrowRow = make("label.choice", {}, narrow, narrowWords);
    const trouble = make("p.field-problem", { id: `${id}-trouble`, role: "alert" });
    const yes = make("button.button.is-main", { type: "submit" }, icon("key"), "Make a key");
    const form = make("form.preset-form", { novalidate: "" },
        make("label.field-label", { for: `${id}-name` }, "Name of the key"),
        make("div.preset-form-row", {}, name, yes), narrowRow,
        make("p.field-hint", {}, "It may watch what this overlay shows, and nothing else, for a year. Nobody "
            + "can show it again: it is in the address as long as this page is open."), trouble);
    const made = make("p.key-made", { role: "status" });
    const makeAnother = make("button.button.is-small", { type: "button" }, "Make another one");
    const madeRow = make("div.key-made-row", {}, made, makeAnother);
    const paste = make("input", { type: "password", id: `${id}-paste`, autocomplete: "off", spellcheck: "false",
        placeholder: "gwk1.…", "aria-describedby": `${id}-paste-trouble` });
    const pasteTrouble = make("p.field-problem", { id: `${id}-paste-trouble`, role: "alert" });
    const pasteRow = make("form.preset-form", { novalidate: "" }, make("label.field-label",
        { for: `${id}-paste` }, "Key, or an address with one"), paste, pasteTrouble);
    const keyless = make("p.field-hint", {},
        "This server is open: overlays need no key, and show what everyone may see.");
    const why = make("p.field-hint");
    const ways = Object.entries({ make: "Make one", paste: "Paste one", none: "Without" }).map(([value, words]) => {
        const input = make("input", { type: "radio", name: id, value });
        input.addEventListener("change", () => { way = value; changed(); });
        return { value, input, el: make("label.chip", {}, input, make("span", {}, words)) };
    });
    const waysEl = make("div.chips", { role: "radiogroup", "aria-label": "Which key" }, ...ways.map((one) => one.el));
    const el = make("div.key-choice", {}, waysEl, why, form, madeRow, pasteRow, keyless);

    const current = () => held.get(use().guild) ?? null;
    const canMake = () => use().rights === "manage" && use().hasDatabase;
    const wayNow = () => {
        if (way === "make" && !canMake()) return "paste";
        if (way === "none" && !use().isOpen) return "paste";
        return way ?? (canMake() ? "make" : use().isOpen ? "none" : "paste");
    };

    paste.addEventListener("input", () => {
        const { key, problem } = keyFrom(paste.value, { guild: use().guild, now: Date.now() });
        setText(pasteTrouble, problem ?? "");
        if (problem) paste.setAttribute("aria-invalid", "true");
        else paste.removeAttribute("aria-invalid");
        if (key) pasted.set(use().guild, key);
        else pasted.delete(use().guild);
        changed();
    });

    pasteRow.addEventListener("submit", (event) => event.preventDefault());

    makeAnother.addEventListener("click", () => {
        held.delete(use().guild);
        changed();
        name.focus();
    });

    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const { guild, overlays, channels } = use();
        if (name.value.trim() === "") {
            setText(trouble, "Give the key a name.");
            name.focus();
            return;
        }
        setText(trouble, "");
        yes.disabled = true;
        const body = { kind: "overlay", name: name.value.trim(), events: eventsFor(overlays),
            channels: !narrowRow.hidden && narrow.checked ? channels : [], expires: Date.now() + year };
        try {
            const { value } = await call("POST", at`/api/guilds/${guild}/keys`, { body });
            held.set(guild, { token: value.token, id: value.key.id, name: value.key.name, ...body });
            tell(`Key “${value.key.name}” is made and stands in the address`);
            changed();
        } catch (problem) {
            setText(trouble, wordsOf(problem));
        }
        yes.disabled = false;
    });

    /** What a key made before lacks for what is built now. */
    function lackOf(key) {
        const { overlays, channels } = use();
        const kinds = eventsFor(overlays).filter((kind) => !key.events.includes(kind));
        const missing = channels.filter((channel) => key.channels.length > 0 && !key.channels.includes(channel));
        if (kinds.length === 0 && missing.length === 0) return "";
        return " It may not see all that this overlay shows now: make another one.";
    }

    return {
        el,
        get key() {
            const chosen = wayNow();
            if (chosen === "make") return current()?.token ?? null;
            return chosen === "paste" ? pasted.get(use().guild) ?? null : null;
        },
        get isKeyless() { return wayNow() === "none"; },
        /** Why there is no address yet. */
        get lack() { return wayNow() === "make" ? "Make a key first: it stands in the address."
            : "Paste a key first: it stands in the address."; },
        /** A key was revoked. */
        forget(keyId) {
            for (const [guild, key] of held) if (key.id === keyId) held.delete(guild);
            changed();
        },
        show() {
            const { guild, overlay, label, channels, rights, hasDatabase, isOpen } = use();
            const chosen = wayNow();
            for (const { value, input, el: chip } of ways) {
                chip.hidden = (value === "make" && !canMake()) || (value === "none" && !isOpen);
                input.checked = value === chosen;
            }
            waysEl.hidden = ways.filter((one) => !one.el.hidden).length < 2;
            setText(why, canMake() || rights === "unknown" ? "" : rights === "manage" && !hasDatabase
                ? "Keys are made where there is a database, which this server has not. Paste one that you have."
                : "Who manages this guild makes keys for overlays. Ask for one, and paste it here.");
            why.hidden = why.textContent === "" || chosen === "none";
            const key = current();
            form.hidden = chosen !== "make" || key !== null;
            madeRow.hidden = chosen !== "make" || key === null;
            if (key) setText(made, `“${key.name}” stands in the address.${lackOf(key)}`);
            pasteRow.hidden = chosen !== "paste";
            keyless.hidden = chosen !== "none";
            narrowRow.hidden = channels.length === 0 || channels.length > channelsMax;
            setText(narrowWords, channels.length === 1 ? "It sees only the channel that is chosen"
                : `It sees only the ${channels.length} channels that are chosen`);
            const sign = `${guild} ${overlay}`;
            if (sign !== isFor) {
                isFor = sign;
                name.value = `${label} overlay`;
                narrow.checked = overlay === "feed";
                paste.value = pasted.get(guild) ?? "";
                setText(pasteTrouble, "");
            }
        },
    };
}

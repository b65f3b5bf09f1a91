// What was built, taken to OBS: a key, the address, the steps, a test.

import { icon, make, setText } from "/shared/dom.js";
import { copyButton } from "/shared/copy.js";
import { AddressField } from "./address-field.js";
import { KeyChoice } from "./key-choice.js";
import { overlayAddress, samplesFor } from "./overlay-address.js";
import { OverlayKeys } from "./overlay-keys.js";
import { TestSender } from "./test-sender.js";

/**
 * @typedef {object} Use
 * @property {string|null} guild @property {"manage"|"member"|"nobody"|"unknown"} rights @property {boolean} isOpen
 * @property {string} overlay @property {string} label @property {string[]} overlays  of a scene: its parts'
 * @property {string} query @property {string[]} channels  that were chosen
 * @property {{id: string, name: string}|null} preset @property {boolean} isDirty  it differs from the preset
 * @property {boolean} showsAll  no channel was chosen, so that private ones show too
 * @property {{width: number, height: number}} size @property {boolean} hasDatabase
 */

/** @param {HTMLElement} el @param {() => Use} use @param {() => void} choose  shows where channels are chosen */
export function UsePanel(el, use, choose) {
    const keyList = make("div");
    const keys = OverlayKeys(keyList, { guild: () => use().guild, revoked: (id) => keyChoice.forget(id) });
    const keysEl = make("section.use-part", { "aria-label": "Keys of overlays" });
    const keyChoice = KeyChoice(use, () => { show(); if (use().rights === "manage") keys.load(); });
    const field = AddressField();
    const follow = FollowChoice(() => show());
    const steps = Steps();
    const tests = TestSender(() => use().guild);
    const open = make("button.button", { type: "button" }, icon("screen"), "Open in a window");
    const chooseButton = make("button.button.is-small", { type: "button" }, "Choose channels");
    const warning = make("div.use-warning", { hidden: "" }, make("p", {}, make("strong", {}, "No channel is chosen. "),
        "It shows all that the key's maker may see, channels that are private too, to everyone who watches."),
    chooseButton);
    let keysOf = null;

    field.actions.append(open);
    chooseButton.addEventListener("click", choose);

    keysEl.append(heading("Keys made for overlays"), keyList);
    el.append(warning,
        make("section.use-part", {}, heading("A key for this overlay"), keyChoice.el),
        make("section.use-part", {}, heading("The address"), follow.el, field.el),
        make("section.use-part", {}, heading("In OBS"), steps.el),
        make("section.use-part.use-test", {}, heading("Does it work?"), tests.el),
        keysEl);

    open.addEventListener("click", () => {
        const { width, height } = use().size;
        window.open(address(), "_blank", `popup,noopener,width=${width},height=${height}`);
    });

    function address() {
        const { overlay, guild, query, preset } = use();
        const follows = follow.isOn && preset;
        return overlayAddress({ overlay, guild: guild ?? "", query: follows ? "" : query,
            preset: follows ? preset.id : null, key: keyChoice.key }, location.origin);
    }

    function show() {
        const now = use();
        // Without a key only what everyone may see is shown.
        warning.hidden = !now.showsAll || keyChoice.isKeyless;
        keyChoice.show();
        follow.show(now);
        const ready = Boolean(now.guild) && (keyChoice.key !== null || keyChoice.isKeyless);
        field.show(ready ? address() : null, keyChoice.key !== null, keyChoice.lack);
        open.disabled = !ready;
        steps.show(now);
        tests.show(samplesFor(now.overlays), now.rights);
        const hasKeys = now.rights === "manage" && now.hasDatabase;
        keysEl.hidden = !hasKeys;
        if (hasKeys && keysOf !== now.guild) {
            keysOf = now.guild;
            keys.load();
        }
    }

    return { show, hide() { field.hide(); }, tick(now) { field.tick(now); } };
}

function heading(text) {
    return make("h3.use-title", {}, text);
}

/** Whether the address names the preset, and so changes with it, or says all options itself. */
function FollowChoice(changed) {
    const inputs = ["follow", "fixed"].map((value) => {
        const input = make("input", { type: "radio", name: "address-way", value });
        input.addEventListener("change", changed);
        return input;
    });
    const words = make("span", { dir: "auto" });
    const note = make("small");
    inputs[0].checked = true;
    const el = make("div.follow", { role: "radiogroup", "aria-label": "What the address says", hidden: "" },
        make("label.choice", {}, inputs[0], make("span.choice-words", {}, words, note)),
        make("label.choice", {}, inputs[1], make("span.choice-words", {}, "It stays as it is now",
            make("small", {}, "The address holds every setting itself"))));
    return {
        el,
        get isOn() { return inputs[0].checked; },
        show({ preset, isDirty }) {
            el.hidden = preset === null;
            if (!preset) return;
            setText(words, `It follows “${preset.name}”`);
            setText(note, isDirty ? "What you save shows in OBS at once; you have changes that are not saved"
                : "What you save shows in OBS at once, without another address");
        },
    };
}

/** What to do, click by click. */
function Steps() {
    const sides = { width: make("strong"), height: make("strong") };
    const values = {};
    const li = (...parts) => make("li", {}, ...parts);
    const el = make("ol.steps", {},
        li("Copy the address above."),
        li("In OBS: ", make("em", {}, "Sources"), " → + → ", make("em", {}, "Browser"), ". Paste it as the ",
            make("em", {}, "URL"), "."),
        li("Width ", sides.width, ", height ", sides.height, "."),
        li("Leave ", make("em", {}, "Custom CSS"), " as it is: the overlay is transparent by itself."),
        li("Tick ", make("em", {}, "Shutdown source when not visible"), ": it costs nothing then, and starts with the "
            + "right picture. ", make("em", {}, "OK"), ", and put it where it belongs."));
    sides.width.after(copyOf("Width", () => values.width));
    sides.height.after(copyOf("Height", () => values.height));
    return {
        el,
        show({ size }) {
            for (const side of ["width", "height"]) {
                values[side] = String(size[side]);
                setText(sides[side], values[side]);
            }
        },
    };
}

function copyOf(label, textOf) {
    const button = copyButton(label, textOf);
    button.className = "icon-button step-copy";
    button.replaceChildren(icon("copy"));
    return button;
}

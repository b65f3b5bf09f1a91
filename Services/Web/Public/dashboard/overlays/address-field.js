// The address for OBS, hidden until it is asked for: it holds a key, and streamers share their screens.

import { make, setText } from "/shared/dom.js";
import { copyButton } from "/shared/copy.js";
import { masked } from "./overlay-address.js";

const shownFor = 20_000;                  // milliseconds, then it hides itself again

export function AddressField() {
    const text = make("p.address-text", { translate: "no", "aria-label": "Overlay address", tabindex: "0" });
    const toggle = make("button.button", { type: "button", "aria-pressed": "false" }, "Show");
    const copy = copyButton("Overlay address", () => address ?? "");
    copy.classList.add("is-main");
    const note = make("p.field-hint");
    const actions = make("div.use-actions", {}, copy, toggle);
    const el = make("div.address-field", {}, text, actions, note);
    let address = null;
    let isSecret = false;
    let lack = "";
    let shownAt = null;
    let timer = null;

    toggle.addEventListener("click", () => {
        clearTimeout(timer);
        shownAt = shownAt === null ? Date.now() : null;
        // A timer of its own: another view may be shown by then.
        if (shownAt !== null) timer = setTimeout(hide, shownFor);
        draw();
    });

    function hide() {
        shownAt = null;
        draw();
    }

    function draw() {
        const isOpen = shownAt !== null || !isSecret;
        setText(text, address === null ? lack : isOpen ? address : masked(address));
        text.classList.toggle("is-missing", address === null);
        copy.disabled = address === null;
        toggle.hidden = address === null || !isSecret;
        toggle.setAttribute("aria-pressed", String(shownAt !== null));
        setText(toggle, shownAt === null ? "Show" : "Hide");
        setText(note, address === null ? "" : isSecret
            ? "Whoever has this address sees what the overlay shows. Keep it off the stream: it can be copied unseen."
            : "Works as long as this server is open to everyone.");
    }

    return {
        el, actions,
        /** @param {string|null} next  null: there is none yet, and `missing` says why */
        show(next, secret, missing) {
            if (keyOf(next) !== keyOf(address)) shownAt = null;
            [address, isSecret, lack] = [next, secret, missing];
            draw();
        },
        hide,
        tick(now) { if (shownAt !== null && now - shownAt > shownFor) hide(); },
    };
}

/** What is secret in an address: another guild's, say, is not shown because this one's was. */
function keyOf(address) {
    return /[?&]key=([^&]*)/.exec(address ?? "")?.[1] ?? "";
}

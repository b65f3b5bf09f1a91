// The parts of a scene as a list: choose one to set it up, add one, take one away.

import { icon, make } from "/shared/dom.js";
import { partOverlays } from "/overlays/scene/places.js";
import { overlayOfPart } from "./draft.js";
import { labelOfOverlay } from "./preset-panel.js";

const partsMax = 12;

/** "stat-2" → "Number 2" */
export function labelOfPart(name) {
    const [overlay, ...rest] = name.split("-");
    return [labelOfOverlay(overlay), ...rest].join(" ");
}

/**
 * @param {HTMLElement} el
 * @param {{chosen: (name: string|null) => void, added: (overlay: string) => void, removed: (name: string) => void}} on
 */
export function SceneParts(el, { chosen, added, removed }) {
    let drawn = null;
    const list = make("div.part-list", { role: "group", "aria-label": "Part to set up" });
    const add = make("select.input", { "aria-label": "Add a part" }, make("option", { value: "" }, "Add a part …"),
        ...partOverlays.map((name) => make("option", { value: name }, labelOfOverlay(name))));
    add.addEventListener("change", () => {
        if (add.value !== "") added(add.value);
        add.value = "";
    });
    el.append(make("span.field-label", {}, "Parts"), list, add,
        make("p.field-hint", {}, "Drag them in the preview, or choose one there and use the arrow keys."));

    return {
        /** @param {{name: string}[]} places @param {string|null} selected  null: the scene as a whole */
        show(places, selected) {
            add.disabled = places.length >= partsMax;
            const sign = places.map(({ name }) => name).join();
            if (sign !== drawn) {
                drawn = sign;
                list.replaceChildren(partButton(null, "The whole scene"),
                    ...places.map(({ name }) => make("span.part-row", {}, partButton(name, labelOfPart(name)),
                        removeButton(name))));
            }
            for (const button of list.querySelectorAll(".part-button")) {
                button.setAttribute("aria-pressed", String(button.dataset.part === (selected ?? "")));
            }
        },
    };

    function partButton(name, label) {
        const button = make("button.part-button", { type: "button", "data-part": name ?? "",
            "data-overlay": name ? overlayOfPart(name) : "scene" }, label);
        button.addEventListener("click", () => chosen(name));
        return button;
    }

    function removeButton(name) {
        const button = make("button.icon-button.part-remove", { type: "button",
            "aria-label": `Remove ${labelOfPart(name)}` }, icon("close"));
        button.addEventListener("click", () => removed(name));
        return button;
    }
}

// The parts of a scene over its preview: placed, moved and resized by mouse, finger and keyboard.

import { make, setText } from "/shared/dom.js";
import { moved, resized, snapped, wordsOfPlace } from "./scene-geometry.js";

const step = 1;                           // percent, of an arrow key
const sayAfter = 500;                     // milliseconds of rest, after which the place is said
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const corners = ["nw", "ne", "sw", "se"];

/**
 * @param {HTMLElement} layer  lies over the page
 * @param {{changed: (places: object[]) => void, chosen: (name: string) => void, removed: (name: string) => void,
 *   labelOf: (name: string) => string}} on
 */
export function SceneEditor(layer, { changed, chosen, removed, labelOf }) {
    const parts = new Map();              // name → element
    const lines = { across: make("div.scene-line.is-across"), down: make("div.scene-line.is-down") };
    const voice = make("p.visually-hidden", { role: "status", "aria-live": "polite" });
    let places = [];
    let timer = null;

    layer.append(lines.across, lines.down, voice);
    showLines({ across: null, down: null });

    const find = (name) => places.find((place) => place.name === name);

    function put(next) {
        places = places.map((place) => (place.name === next.name ? next : place));
        draw();
        changed(places);
    }

    function say(place) {
        clearTimeout(timer);
        timer = setTimeout(() => setText(voice, `${labelOf(place.name)}: ${wordsOfPlace(place)}`), sayAfter);
    }

    function showLines({ across, down }) {
        lines.across.hidden = across === null;
        lines.down.hidden = down === null;
        if (across !== null) lines.across.style.setProperty("left", `${across}%`);
        if (down !== null) lines.down.style.setProperty("top", `${down}%`);
    }

    function keyed(event, name) {
        if (event.ctrlKey || event.metaKey) return;
        if (event.key === "Delete" || event.key === "Backspace") {
            event.preventDefault();
            removed(name);
            return;
        }
        const way = arrows[event.key];
        if (!way) return;
        event.preventDefault();
        event.stopPropagation();
        const by = event.altKey ? step / 10 : step;
        const [right, down] = way.map((one) => one * by);
        const place = find(name);
        const next = event.shiftKey ? resized(place, "se", right, down) : moved(place, right, down);
        put(next);
        say(next);
    }

    /** Follows the pointer until it is let go. */
    function grab(event, name) {
        if (event.button !== 0) return;
        const part = parts.get(name);
        const edges = event.target.dataset.corner ?? null;
        const box = layer.getBoundingClientRect();
        const before = find(name);
        chosen(name);
        part.focus();
        event.preventDefault();
        part.setPointerCapture(event.pointerId);
        const follow = (now) => {
            const right = (now.clientX - event.clientX) / box.width * 100;
            const down = (now.clientY - event.clientY) / box.height * 100;
            if (edges) return put(resized(before, edges, right, down));
            const free = moved(before, right, down);
            if (now.altKey) {
                showLines({ across: null, down: null });
                return put(free);
            }
            const caught = snapped(free, places.filter((place) => place.name !== name));
            showLines(caught.lines);
            return put(caught.place);
        };
        const end = () => {
            part.removeEventListener("pointermove", follow);
            for (const kind of ["pointerup", "pointercancel"]) part.removeEventListener(kind, end);
            showLines({ across: null, down: null });
            say(find(name) ?? before);
        };
        part.addEventListener("pointermove", follow);
        for (const kind of ["pointerup", "pointercancel"]) part.addEventListener(kind, end);
    }

    function create(name) {
        const part = make("button.scene-part", { type: "button", "data-part": name },
            make("span.scene-part-name", {}, labelOf(name)),
            ...corners.map((corner) => make("span.scene-corner", { "data-corner": corner, "aria-hidden": "true" })));
        part.addEventListener("keydown", (event) => keyed(event, name));
        part.addEventListener("pointerdown", (event) => grab(event, name));
        part.addEventListener("focus", () => chosen(name));
        parts.set(name, part);
        layer.append(part);
    }

    function draw() {
        const there = new Set(places.map(({ name }) => name));
        for (const [name, part] of parts) {
            if (there.has(name)) continue;
            part.remove();
            parts.delete(name);
        }
        for (const place of places) {
            if (!parts.has(place.name)) create(place.name);
            const part = parts.get(place.name);
            for (const side of ["left", "top", "width", "height"]) part.style.setProperty(side, `${place[side]}%`);
            const label = `${labelOf(place.name)}: ${wordsOfPlace(place)}. Arrow keys move it, with Shift they resize `
                + "it, with Alt by a tenth. Delete removes it.";
            if (part.getAttribute("aria-label") !== label) part.setAttribute("aria-label", label);
        }
    }

    return {
        /** @param {import("/overlays/scene/places.js").Place[]} next @param {string|null} selected */
        show(next, selected) {
            places = next;
            layer.hidden = false;
            draw();
            for (const [name, part] of parts) part.setAttribute("aria-pressed", String(name === selected));
        },
        focus(name) { parts.get(name)?.focus(); },
        hide() {
            layer.hidden = true;
            places = [];
            draw();
        },
    };
}

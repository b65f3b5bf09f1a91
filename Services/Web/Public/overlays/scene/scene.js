// Scene: several overlays in one page, on its one stream. Each is the module that its own page has, within a part
// that the address or an arrangement places. Options: options.js; names for themes: specs/overlays.md.

import { make } from "/shared/dom.js";
import { lookOptions, withUsual } from "/shared/overlay-look-options.js";
import { applyLook } from "/shared/overlay-look.js";
import { readOptions } from "/shared/overlay-options.js";
import { withSampleChannels } from "/shared/overlay-samples.js";
import { wordsOf } from "/shared/overlay-words.js";
import { overlay as feed } from "/overlays/feed/feed.js";
import { overlay as milestones } from "/overlays/milestones/milestones.js";
import { options } from "/overlays/scene/options.js";
import { mannersOf, placesOf } from "/overlays/scene/places.js";
import { overlay as stat } from "/overlays/stat/stat.js";
import { overlay as voice } from "/overlays/voice/voice.js";

const overlays = { voice, feed, stat, milestones };
const canvas = { width: 1920, height: 1080, fitMin: 0.4 };
const lookNames = lookOptions.map(({ name }) => name);

/** @type {import("/shared/overlay-page.js").Overlay} */
export const overlay = {
    name: "scene",
    options,
    wantsRules: true,
    events: (values, parameters) => [...new Set(partsOf(values, parameters).flatMap((part) =>
        overlays[part.overlay].events(part.values, parameters)))].sort(),
    ticks: (values, parameters) => partsOf(values, parameters).some((part) =>
        overlays[part.overlay].ticks(part.values, parameters)),
    mount: SceneOverlay,
    remember(memory, envelope, values, parameters) {
        for (const part of partsOf(values, parameters)) {
            overlays[part.overlay].remember?.(memory[part.name] ??= {}, envelope, part.values, parameters);
        }
    },
    keeps: (message, values, parameters) => partsOf(values, parameters).some((part) =>
        overlays[part.overlay].keeps?.(message, part.values, parameters)),
};

/** The parameters of one part: its own, and the scene's look where it has none. */
export function partParameters(name, parameters) {
    const own = new URLSearchParams();
    for (const [key, value] of parameters) {
        if (key.startsWith(`${name}.`)) own.append(key.slice(name.length + 1), value);
    }
    const has = new Set(own.keys());
    for (const look of lookNames) {
        if (!has.has(look)) for (const value of parameters.getAll(look)) own.append(look, value);
    }
    return own;
}

const partsRead = new WeakMap();     // values of a scene → its parts: asked for at every event

/** The parts with their values. @returns {(import("./places.js").Place & {values: object, looksOwn: boolean})[]} */
export function partsOf(values, parameters) {
    if (!partsRead.has(values)) partsRead.set(values, readParts(values, parameters));
    return partsRead.get(values);
}

function readParts(values, parameters) {
    return placesOf(values).map((place) => {
        const arrangement = values.place.length > 0 ? "" : values.arrangement;
        const table = withUsual(overlays[place.overlay].options, mannersOf(place, arrangement));
        const own = readOptions(table, partParameters(place.name, parameters));
        return {
            ...place,
            values: values.sample === "0" ? own : withSampleChannels(table, own),
            looksOwn: lookNames.some((look) => parameters.has(`${place.name}.${look}`)),
        };
    });
}

/** @param {HTMLElement} el @param {import("/shared/overlay-page.js").Frame} frame */
export function SceneOverlay(el, { values, parameters, words, memory }) {
    // A scene is the same picture on a page of any size, as the video is that it lies on.
    const root = document.documentElement;
    const fit = () => root.style.setProperty("--overlay-fit", String(Math.max(canvas.fitMin,
        Math.min(window.innerWidth / canvas.width, window.innerHeight / canvas.height))));
    const parts = partsOf(values, parameters).map((part) => {
        const frame = make(`section.${part.overlay}-overlay`);
        const box = make("div.scene-part", { "data-part": part.name, "data-overlay": part.overlay }, frame);
        for (const side of ["left", "top", "width", "height"]) box.style.setProperty(side, `${part[side]}%`);
        if (part.looksOwn) applyLook(box, part.values);
        el.append(box);
        memory[part.name] ??= {};
        return overlays[part.overlay].mount(frame, {
            values: part.values, parameters, memory: memory[part.name],
            words: part.values.lang === values.lang ? words : wordsOf(part.values.lang),
        });
    });

    fit();
    window.addEventListener("resize", fit);

    return {
        show: (picture) => { for (const part of parts) part.show(picture); },
        sample: (sample) => { for (const part of parts) part.sample?.(sample); },
        close() {
            window.removeEventListener("resize", fit);
            root.style.removeProperty("--overlay-fit");
            for (const part of parts) part.close?.();
        },
    };
}

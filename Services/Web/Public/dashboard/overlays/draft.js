// What is being built: an overlay and its options, and the queries that say them. Pure.
//
// Options of a scene's part have its name before them: `stat-2.stat=online`. What a part leaves out it takes from the
// scene's look, and where it stands from the place it has.

import { mannersOf, placeText, placesOf, partOverlays } from "/overlays/scene/places.js";
import { readOptions, sameValue, usualValues, writeOptions } from "/shared/overlay-options.js";
import { overlays, partOptions } from "/shared/overlay-tables.js";

/** The server takes no more of a preset's query. */
export const queryMax = 2_048;            // bytes

/**
 * @typedef {object} Draft
 * @property {string} overlay
 * @property {import("/shared/overlay-options.js").Values} values  without where the picture comes from
 * @property {Record<string, import("/shared/overlay-options.js").Values>} parts  of a scene: what parts say themselves
 */

/** The options of an overlay that are its look and content. @param {string} overlay */
export function tableOf(overlay) {
    return overlays.find(({ name }) => name === overlay)?.options.filter(({ group }) => group !== "source") ?? [];
}

/** @param {string} overlay @param {string|URLSearchParams} query  nonsense in it counts as left out @returns {Draft} */
export function draftFrom(overlay, query) {
    const parameters = new URLSearchParams(query);
    return { overlay, values: readOptions(tableOf(overlay), parameters),
        parts: overlay === "scene" ? partsFrom(parameters) : {} };
}

/** The draft's query: nothing that is usual. @param {Draft} draft */
export function queryOf({ overlay, values, parts }) {
    const own = writeOptions(tableOf(overlay), values);
    if (overlay !== "scene") return own;
    const there = new Set(placesOf(values).map(({ name }) => name));
    const said = Object.entries(parts).filter(([name]) => there.has(name)).flatMap(([name, set]) =>
        partOptions(overlayOfPart(name)).filter((option) => option.name in set).map((option) => {
            // An empty list is something else than none.
            const text = writeOptions([{ ...option, usual: undefined }], { [option.name]: set[option.name] });
            return text && `${name}.${text}`;
        }));
    return [own, ...said].filter(Boolean).join("&");
}

/** Whether both show the same. @param {Draft} a @param {Draft} b */
export function sameDraft(a, b) {
    return a.overlay === b.overlay && queryOf(a) === queryOf(b);
}

/** @param {Draft} draft @returns {Draft} with another value */
export function withValue(draft, name, value) {
    return { ...draft, values: { ...draft.values, [name]: value } };
}

/** The options of a part, whose usual values are what the scene says and where the part stands. */
export function partTable(draft, part) {
    const place = placesOf(draft.values).find(({ name }) => name === part);
    const overlay = overlayOfPart(part);
    const shared = new Map(tableOf("scene").map((option) => [option.name, draft.values[option.name]]));
    const manners = place ? mannersOf(place, arrangementOf(draft.values)) : {};
    return partOptions(overlay).map((option) => {
        if (option.name in manners) {
            const said = readOptions([option], new URLSearchParams({ [option.name]: manners[option.name] }));
            return { ...option, usual: said[option.name] };
        }
        return shared.has(option.name) ? { ...option, usual: shared.get(option.name) } : option;
    });
}

/** Manners of an arrangement count only while it places the parts. */
function arrangementOf({ place, arrangement }) {
    return place.length > 0 ? "" : arrangement;
}

/** The values of a part: what it says itself, and what counts where it says nothing. */
export function partValues(draft, part) {
    return { ...usualValues(partTable(draft, part)), ...draft.parts[part] };
}

/** @returns {Draft} where the part says this itself; what is usual for it is left out again */
export function withPartValue(draft, part, name, value) {
    const option = partTable(draft, part).find((one) => one.name === name);
    const { [name]: _, ...others } = draft.parts[part] ?? {};
    const set = sameValue(value, option?.usual) || value === null ? others : { ...others, [name]: value };
    return { ...draft, parts: { ...draft.parts, [part]: set } };
}

/**
 * Placed by hand. What the arrangement made of the parts until then they say themselves from now on.
 * @param {Draft} draft @param {import("/overlays/scene/places.js").Place[]} places @returns {Draft}
 */
export function withPlaces(draft, places) {
    const next = withValue(draft, "place", places.map(placeText));
    const arrangement = arrangementOf(draft.values);
    if (arrangement === "") return next;
    const said = places.map((place) => {
        const { align, valign, ...manners } = mannersOf(place, arrangement);
        const table = partOptions(place.overlay).filter(({ name }) => name in manners);
        return [place.name, { ...readOptions(table, new URLSearchParams(manners)), ...draft.parts[place.name] }];
    });
    return { ...next, parts: { ...draft.parts, ...Object.fromEntries(said) } };
}

/** "stat-2" → "stat" */
export function overlayOfPart(part) {
    return part.split("-")[0];
}

/**
 * Whether it shows people or messages of every channel that its key's maker may see, private ones too, since none was
 * chosen.
 * @param {Draft} draft
 */
export function showsEveryChannel({ overlay, values, parts }) {
    const all = overlay === "scene" ? placesOf(values).map((place) => [place.overlay, parts[place.name] ?? {}])
        : [[overlay, values]];
    return all.some(([name, { channel = [], show }]) => channel.length === 0
        && (name === "voice" || (name === "feed" && (show?.includes("messages") ?? true))));
}

/** A name for one more part: "stat", or "stat-2" where there is one. */
export function newPartName(overlay, places) {
    const taken = new Set(places.map(({ name }) => name));
    if (!taken.has(overlay)) return overlay;
    let number = 2;
    while (taken.has(`${overlay}-${number}`)) number += 1;
    return `${overlay}-${number}`;
}

function partsFrom(parameters) {
    const said = {};
    for (const [name, value] of parameters) {
        const [, part, option] = /^([a-z]+(?:-[a-z0-9]{1,16})?)\.(\w+)$/.exec(name) ?? [];
        if (!part || !partOverlays.includes(overlayOfPart(part))) continue;
        (said[part] ??= new URLSearchParams()).append(option, value);
    }
    return Object.fromEntries(Object.entries(said).map(([part, own]) => {
        const table = partOptions(overlayOfPart(part));
        const named = table.filter(({ name, also = [] }) => [name, ...also].some((one) => own.has(one)));
        // What the address says counts though it is what the overlay itself takes for usual.
        const read = readOptions(named.map((option) => ({ ...option, usual: undefined })), own);
        return [part, Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined))];
    }));
}

/** How many bytes the server counts. */
export function bytesOf(query) {
    return new TextEncoder().encode(query).length;
}

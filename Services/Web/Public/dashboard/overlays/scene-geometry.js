// Moving and resizing the parts of a scene, in percent of the page. Pure.

/** @typedef {import("/overlays/scene/places.js").Place} Place */

const least = 5;                          // percent: smaller parts cannot be taken hold of
const reach = 0.8;                        // percent within which an edge snaps

const round = (value) => Math.round(value * 10) / 10;
const within = (value, low, high) => Math.min(high, Math.max(low, value));

/** @param {Place} place @returns {Place} moved, and still on the page */
export function moved(place, right, down) {
    return { ...place, left: round(within(place.left + right, 0, 100 - place.width)),
        top: round(within(place.top + down, 0, 100 - place.height)) };
}

/**
 * Moves the named edges.
 * @param {Place} place @param {string} edges  of "n", "e", "s", "w": "se" is the lower right corner
 */
export function resized(place, edges, right, down) {
    let { left, top, width, height } = place;
    if (edges.includes("e")) width = within(width + right, least, 100 - left);
    if (edges.includes("s")) height = within(height + down, least, 100 - top);
    if (edges.includes("w")) {
        const edge = within(left + right, 0, left + width - least);
        [left, width] = [edge, left + width - edge];
    }
    if (edges.includes("n")) {
        const edge = within(top + down, 0, top + height - least);
        [top, height] = [edge, top + height - edge];
    }
    return { ...place, left: round(left), top: round(top), width: round(width), height: round(height) };
}

/**
 * Lines that a part being moved is near to: edges and middles of the others and of the page.
 * @param {Place} place @param {Place[]} others
 * @returns {{place: Place, lines: {across: number|null, down: number|null}}}  where it snaps to, and along which lines
 */
export function snapped(place, others) {
    const across = nearest([place.left, place.left + place.width / 2, place.left + place.width],
        [0, 50, 100, ...others.flatMap(({ left, width }) => [left, left + width / 2, left + width])]);
    const down = nearest([place.top, place.top + place.height / 2, place.top + place.height],
        [0, 50, 100, ...others.flatMap(({ top, height }) => [top, top + height / 2, top + height])]);
    return { place: moved(place, across?.by ?? 0, down?.by ?? 0),
        lines: { across: across?.line ?? null, down: down?.line ?? null } };
}

function nearest(own, lines) {
    let best = null;
    for (const edge of own) {
        for (const line of lines) {
            const by = line - edge;
            if (Math.abs(by) <= reach && (!best || Math.abs(by) < Math.abs(best.by))) best = { by, line };
        }
    }
    return best;
}

/** Where a new part stands: in the middle, a bit beside what is there already. @param {Place[]} places */
export function freePlace(name, overlay, places) {
    const place = { name, overlay, left: 36, top: 36, width: 28, height: 28 };
    for (let step = 0; step < 20; step += 1) {
        const tried = moved(place, (step % 5) * 3, (step % 5) * 3 + Math.floor(step / 5) * 3);
        if (!places.some(({ left, top }) => Math.abs(left - tried.left) < 2 && Math.abs(top - tried.top) < 2)) {
            return tried;
        }
    }
    return place;
}

/** For who cannot see it. @param {Place} place */
export function wordsOfPlace({ left, top, width, height }) {
    return `${round(left)} % from the left, ${round(top)} % from the top, ${round(width)} % wide, `
        + `${round(height)} % high`;
}

// Where the parts of a scene stand: pure.

/**
 * @typedef {object} Place
 * @property {string} name  of the part: "stat-2"
 * @property {string} overlay  "stat"
 * @property {number} left @property {number} top @property {number} width @property {number} height  percent
 */

export const partOverlays = Object.freeze(["voice", "feed", "stat", "milestones"]);

const arrangements = {
    corners: "voice:1,1.5,28,60;stat:77,1.5,22,16;milestones:1,79,34,20;feed:65,44,34,55",
    sidebar: "stat:73,1.5,26,14;milestones:73,16,26,18;voice:73,34,26,30;feed:73,64,26,35",
    strip: "voice:0.5,80,46,19.5;stat:47,80,16,19.5;feed:64,58,35.5,41",
    company: "voice:1,1.5,28,97;feed:70,40,29,59",
    numbers: "stat:1,1.5,20,16;stat-2:21,1.5,20,16;stat-3:41,1.5,20,16;milestones:66,1.5,33,20",
};

export const arrangementNames = Object.freeze(Object.keys(arrangements));

/** What parts of an arrangement say of themselves unless the address does. */
const manners = {
    sidebar: { voice: { valign: "top" }, milestones: { valign: "top" } },
    strip: { voice: { layout: "row", hide: ["titles"] } },
    numbers: { "stat-2": { stat: "online" }, "stat-3": { stat: "voice" } },
};

const shape = /^([a-z]+)(-[a-z0-9]{1,16})?:([^:]+)$/;

/** One place, or null for nonsense. What lies outside the page is brought into it. */
export function placeFrom(text) {
    const found = shape.exec(text.trim());
    if (!found || !partOverlays.includes(found[1])) return null;
    const numbers = found[3].split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
    if (numbers.length !== 4 || !numbers.every(Number.isFinite)) return null;
    const within = (value, low, high) => Math.min(high, Math.max(low, value));
    const [left, top] = [within(numbers[0], 0, 95), within(numbers[1], 0, 95)];
    const [width, height] = [within(numbers[2], 5, 100 - left), within(numbers[3], 5, 100 - top)];
    return { name: found[1] + (found[2] ?? ""), overlay: found[1], left, top, width, height };
}

/**
 * The parts of a scene. Of two with one name the first counts.
 * @param {{place: string[], arrangement: string}} values
 * @returns {Place[]}
 */
export function placesOf({ place, arrangement }) {
    const own = place.map(placeFrom).filter(Boolean);
    const places = own.length > 0 ? own : arrangements[arrangement].split(";").map(placeFrom);
    return places.filter(({ name }, at) => places.findIndex((other) => other.name === name) === at);
}

/** The text that says a place, for an address. @param {Place} place */
export function placeText({ name, left, top, width, height }) {
    return `${name}:${[left, top, width, height].map((value) => Math.round(value * 10) / 10).join(",")}`;
}

/** A part leans to the edge that it is next to: usual values of `align` and `valign`, and of its arrangement. */
export function mannersOf(place, arrangement) {
    const across = place.left + place.width / 2;
    const down = place.top + place.height / 2;
    return {
        align: across > 60 ? "right" : across < 40 ? "left" : "center",
        valign: down > 60 ? "bottom" : down < 40 ? "top" : "middle",
        ...(manners[arrangement]?.[place.name] ?? {}),
    };
}

// Text that people made, as an overlay may show it: pure. Names and messages reach a stream's viewers unseen by
// anyone, so what turns other text around, overlaps it or cannot be seen is taken out here; elements isolate what
// is left (<bdi>).

const unitsPerSign = 16;            // of UTF-16: an emoji of a family has 11, one that is longer is no emoji
const marksMax = 3;                 // combining marks on one letter; Vietnamese and Hebrew need two or three

// Control characters, what turns the direction of text, and what is not seen. ZWJ and ZWNJ stay: emoji and Persian.
const unwanted = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0001}]/gu;
const piles = new RegExp(`(\\p{M}{${marksMax}})\\p{M}+`, "gu");
const unseen = /^[\s\p{Cf}\p{M}\u115f\u1160\u3164\uffa0\u2800]*$/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * One line of text without what does harm, at most so many signs as a person counts them; "…" stands for the rest.
 * @param {unknown} text @param {number} signsMax
 */
export function clean(text, signsMax) {
    if (typeof text !== "string") return "";
    // A name of 4,000 letters is cut first, so that the rest costs nothing.
    const part = scrub(text.slice(0, signsMax * unitsPerSign)).trim();
    return isSeen(part) ? cut(part, signsMax).text : "";
}

/** The same without cutting: for the pieces of a message. */
export function scrub(text) {
    return text.replace(/[\r\n\t]+/g, " ").replace(unwanted, "").replace(piles, "$1").replace(/ {2,}/g, " ");
}

export function isSeen(text) {
    return !unseen.test(text);
}

/** The first signs of a text, and how many they are. */
export function cut(text, signsMax) {
    const signs = [];
    for (const { segment } of segmenter.segment(text)) {
        if (signs.length === signsMax) return { text: `${signs.join("").trimEnd()}…`, signs: signsMax };
        signs.push(segment.slice(0, unitsPerSign));
    }
    return { text: signs.join(""), signs: signs.length };
}

export const nameMax = 48;
const longNameMax = 400;            // read of a name; Discord has 32

/**
 * What somebody is called, or what stands for a name that cannot be seen.
 * @param {(name: string) => string} [mask]  takes words out of the whole name, before it is cut
 */
export function personName(person, someone, mask = (name) => name) {
    const named = (name) => (typeof name === "string" ? clean(mask(scrub(name.slice(0, longNameMax))), nameMax) : "");
    return named(person?.displayName) || named(person?.username) || someone;
}

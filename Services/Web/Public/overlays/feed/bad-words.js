// Finding bad words in what people write: pure. Accents, letters that look like others, digits for letters and
// signs that are not seen do not hide a word. It stays a help, not a guarantee: who wants to be rude finds a way.

const looks = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", 8: "b", "@": "a", $: "s", "€": "e",
    // Cyrillic and Greek letters that are drawn like Latin ones
    а: "a", е: "e", о: "o", р: "p", с: "c", у: "y", х: "x", і: "i", к: "k", м: "m", т: "t", в: "b", н: "h",
    α: "a", ε: "e", ο: "o", ρ: "p", ι: "i", κ: "k", τ: "t", υ: "u", ν: "v", χ: "x" };
const unseen = /[\p{M}\p{Cf}]/gu;
const edge = "[\\p{L}\\p{N}]";
const letter = new RegExp(edge, "u");

/** A text as it is compared, and which sign of the text each of its units came from. */
function folded(text) {
    let plain = "";
    const from = [];
    [...text].forEach((sign, at) => {
        const base = sign.normalize("NFKD").replace(unseen, "").toLowerCase();
        const units = [...base].map((one) => looks[one] ?? one).join("");
        plain += units;
        for (let unit = 0; unit < units.length; unit += 1) from.push(at);
    });
    return { plain, from };
}

/**
 * @param {string[]} words  a `*` at an end stands for any letters
 * @returns {{found: (text: string) => boolean, mask: (text: string) => string}}
 */
export function badWords(words) {
    const pattern = patternOf(words);
    if (!pattern) return { found: () => false, mask: (text) => text };
    const rangesOf = (text) => {
        const { plain, from } = folded(text);
        const signs = [...text];
        return [...plain.matchAll(pattern)]
            .map((match) => [from[startOf(plain, match.index)], endOf(signs, from[match.index + match[0].length - 1])])
            // "455" is a number, whatever it looks like.
            .filter(([first, last]) => /\p{L}/u.test(signs.slice(first, last + 1).join("")));
    };
    return {
        found: (text) => rangesOf(text).length > 0,
        mask(text) {
            const signs = [...text];
            for (const [first, last] of rangesOf(text)) {
                for (let at = first; at <= last; at += 1) signs[at] = /\s/.test(signs[at]) ? signs[at] : "•";
            }
            return signs.join("");
        },
    };
}

/**
 * Where the word begins in which something was found; only where a `*` stands before it there are letters to pass. The
 * pattern does not look for them itself: at each letter anew it would take the square of a text's length.
 */
function startOf(plain, found) {
    let start = found;
    while (start > 0 && letter.test(plain[start - 1])) start -= 1;
    return start;
}

/** What hangs on the last letter belongs to the word. */
function endOf(signs, last) {
    let end = last;
    while (end + 1 < signs.length && signs[end + 1].replace(unseen, "") === "") end += 1;
    return end;
}

function patternOf(words) {
    const parts = words.map((word) => {
        const [, before, body, after] = /^(\*?)(.*?)(\*?)$/su.exec(word.trim());
        const plain = folded(body).plain.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&").replace(/\s+/g, "\\s+");
        if (plain === "") return null;
        return (before ? "" : `(?<!${edge})`) + plain + (after ? `${edge}*` : `(?!${edge})`);
    }).filter(Boolean);
    return parts.length > 0 ? new RegExp(parts.join("|"), "gu") : null;
}

// Milestones of a number of members, and when one was reached: pure.

export const usualMilestones = Object.freeze([100, 250, 500, 1_000, 2_500, 5_000, 10_000]);

export const countMax = 1e15;      // Discord has no such guild; beyond it numbers are not exact

/** The usual ones and on: 25,000, 50,000, 100,000 and so forth. */
function* beyond(count) {
    for (const usual of usualMilestones) if (usual > count) yield usual;
    for (let size = 10_000; size <= countMax; size *= 10) {
        for (const step of [2.5, 5, 10]) if (size * step > count) yield size * step;
    }
}

/** A guild's or an address' list, in order; what is no number of members is passed over. */
export function milestonesFrom(list) {
    const numbers = (list ?? []).map(Number)
        .filter((value) => Number.isInteger(value) && value > 0 && value <= countMax);
    return [...new Set(numbers)].sort((a, b) => a - b);
}

/** The first milestone above a count: of the list, and behind its last one of the usual ones. */
export function nextMilestone(count, list) {
    return list.find((value) => value > count) ?? beyond(Math.max(count, list.at(-1) ?? 0)).next().value;
}

/** The last milestone that a count has come to, or 0. */
export function lastMilestone(count, list) {
    let last = list.findLast((value) => value <= count) ?? 0;
    for (const value of beyond(list.at(-1) ?? 0)) {
        if (value > count) break;
        last = value;
    }
    return last;
}

/**
 * Whether a milestone has been reached, seen from the highest count so far: each is told once, however the count goes
 * up and down, and the first count tells none.
 * @param {number|null} best  the highest count so far; null: none was seen
 * @returns {{best: number|null, reached: number|null}}
 */
export function watchMilestones(best, count, list) {
    if (!(count > 0)) return { best, reached: null };      // nobody has counted yet
    if (best === null || count <= best) return { best: best ?? count, reached: null };
    const last = lastMilestone(count, list);
    return { best: count, reached: last > best ? last : null };
}

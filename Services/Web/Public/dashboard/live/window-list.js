// A long list of which only the part near what is seen is in the page; what is above and below it is empty room of the
// height that was measured, or guessed. It follows its end until the reader goes up; then the reader's place is kept.

const guess = 58;                     // pixels of an item that was never shown
const ahead = 900;                    // pixels that are in the page above and below what is seen
const least = 60;                     // items in the page, where there are as many
const nearEnd = 48;                   // pixels from the end that still count as being there

/**
 * @template Item
 * @param {HTMLElement} body  what scrolls
 * @param {HTMLElement} list  its last child
 * @param {object} how
 * @param {(item: Item) => string} how.key
 * @param {(item: Item) => HTMLElement} how.create
 * @param {(element: HTMLElement, item: Item, before: Item|undefined) => void} how.update
 *   called where the item, or the one before it, is another object than it was
 * @param {(following: boolean) => void} how.scrolled  the reader has moved
 */
export function WindowList(body, list, { key, create, update, scrolled }) {
    const [above, below] = ["before", "after"].map(() => document.createElement("li"));
    for (const room of [above, below]) {
        room.className = "list-room";
        room.setAttribute("aria-hidden", "true");
    }
    list.append(above, below);
    let items = [];
    let rows = new Map();             // key → {element, item, before} of what is in the page
    let heights = new Map();          // key → pixels
    let range = [0, 0];
    let following = true;
    let lastTop = 0;
    let anchor = null;                // {key, offset}: the first item seen, and how far below the edge it begins
    let pending = false;

    const heightOf = (item) => heights.get(key(item)) ?? guess;
    const isScrollable = () => body.scrollHeight > body.clientHeight + 1;
    const toEnd = () => {
        body.scrollTop = body.scrollHeight;
        lastTop = body.scrollTop;
    };

    /** From what is in the page; between it and the ends, from the heights. */
    function findAnchor() {
        const edge = body.getBoundingClientRect().top;
        for (let at = range[0]; at < range[1]; at += 1) {
            const box = rows.get(key(items[at])).element.getBoundingClientRect();
            if (box.bottom > edge && box.top < edge + body.clientHeight) {
                return { key: key(items[at]), offset: box.top - edge };
            }
        }
        let offset = list.getBoundingClientRect().top - edge;
        for (const item of items) {
            const height = heightOf(item);
            if (offset + height > 0) return { key: key(item), offset };
            offset += height;
        }
        return null;
    }

    /** Where the anchor is now; where it went away, the next one that is still there takes its place. */
    function placeOf(next) {
        if (!anchor) return -1;
        const places = new Map(next.map((item, at) => [key(item), at]));
        const start = items.findIndex((item) => key(item) === anchor.key);
        for (let at = Math.max(0, start); at < items.length; at += 1) {
            const place = places.get(key(items[at]));
            if (place === undefined) continue;
            anchor.key = key(items[at]);
            return place;
        }
        return next.length - 1;
    }

    function rangeAround(next) {
        const seen = body.clientHeight + ahead;
        let from = following ? next.length : placeOf(next);
        if (from < 0) from = next.length;
        let to = from;
        for (let room = seen; to < next.length && room > 0; to += 1) room -= heightOf(next[to]);
        for (let room = following ? seen : ahead; from > 0 && room > 0; from -= 1) room -= heightOf(next[from - 1]);
        from = Math.max(0, Math.min(from, to - least));
        return [from, Math.min(next.length, Math.max(to, from + least))];
    }

    function fill(next, [from, to]) {
        const kept = new Map();
        for (let at = from; at < to; at += 1) {
            const item = next[at];
            const name = key(item);
            const row = rows.get(name) ?? { element: create(item) };
            if (row.item !== item || row.before !== next[at - 1]) {
                update(row.element, item, next[at - 1]);
                row.item = item;
                row.before = next[at - 1];
                heights.delete(name);
            }
            kept.set(name, row);
        }
        const hadFocus = list.contains(document.activeElement);
        for (const [name, { element }] of rows) if (!kept.has(name)) element.remove();
        if (hadFocus && !list.contains(document.activeElement)) body.focus({ preventScroll: true });
        rows = kept;
        let cursor = above.nextElementSibling;
        for (const { element } of kept.values()) {
            if (element === cursor) cursor = cursor.nextElementSibling;
            else list.insertBefore(element, cursor);
        }
    }

    function draw(next = items) {
        const [from, to] = rangeAround(next);
        fill(next, [from, to]);
        items = next;
        range = [from, to];
        const sum = (some) => some.reduce((height, item) => height + heightOf(item), 0);
        above.style.height = `${sum(items.slice(0, from))}px`;
        below.style.height = `${sum(items.slice(to))}px`;
        for (const [name, { element }] of rows) {
            if (!heights.has(name) && element.offsetHeight > 0) heights.set(name, element.offsetHeight);
        }
        if (following) return toEnd();
        const row = anchor && rows.get(anchor.key);
        if (!row) return;
        const off = row.element.getBoundingClientRect().top - body.getBoundingClientRect().top - anchor.offset;
        if (Math.abs(off) >= 1) body.scrollTop += off;
        lastTop = body.scrollTop;
    }

    function drawSoon() {
        if (pending) return;
        pending = true;
        requestAnimationFrame(() => {
            pending = false;
            draw();
        });
    }

    function leaveEnd() {
        if (!following || !isScrollable()) return;
        following = false;
        anchor = findAnchor();
        scrolled(following);
    }

    body.addEventListener("scroll", () => {
        if (body.clientHeight === 0) return;            // hidden
        const top = body.scrollTop;
        const left = body.scrollHeight - body.clientHeight - top;
        if (left <= 1 || (left < nearEnd && top >= lastTop)) following = true;
        else if (top < lastTop) following = false;
        lastTop = top;
        anchor = following ? null : findAnchor();
        const [from, to] = range;
        if (!following && ((from > 0 && top < above.offsetHeight + ahead / 2)
            || (to < items.length && left < below.offsetHeight + ahead / 2))) drawSoon();
        scrolled(following);
    }, { passive: true });
    // Before the page has moved at all: else what comes in would pull the reader back to the end.
    body.addEventListener("wheel", ({ deltaY }) => { if (deltaY < 0) leaveEnd(); }, { passive: true });
    body.addEventListener("keydown", ({ key: pressed }) => { if (pressed === "PageUp") leaveEnd(); });
    body.addEventListener("touchmove", leaveEnd, { passive: true });
    body.addEventListener("touchend", () => {
        if (body.scrollHeight - body.clientHeight - body.scrollTop > 1) return;
        following = true;
        scrolled(following);
    }, { passive: true });
    let width = 0;
    const resized = new ResizeObserver(() => {
        if (body.clientWidth === 0) return;             // hidden
        if (body.clientWidth !== width) heights = new Map();
        width = body.clientWidth;
        drawSoon();
    });
    resized.observe(body);
    const grown = new ResizeObserver(() => { if (following) toEnd(); });
    grown.observe(list);

    return {
        get following() { return following; },

        /** @param {Item[]} next  a new array whenever something in it differs */
        show(next) {
            if (heights.size > next.length * 2 + 500) {
                const known = new Set(next.map(key));
                heights = new Map([...heights].filter(([name]) => known.has(name)));
            }
            draw(next);
        },

        /** The next time that it is shown, from its end. */
        follow() { following = true; },

        /** Every item is shown anew the next time, the same or not. */
        forget() { for (const row of rows.values()) row.item = undefined; },

        toEnd() {
            following = true;
            draw();
            scrolled(following);
        },

        /** Brings an item into the page and into sight. @returns {HTMLElement|null} */
        reveal(index) {
            const item = items[index];
            if (!item) return null;
            leaveEnd();
            if (!rows.has(key(item))) {
                following = false;
                anchor = { key: key(item), offset: body.clientHeight / 3 };
                draw();
            }
            const { element } = rows.get(key(item));
            element.scrollIntoView({ block: "nearest" });
            return element;
        },

        indexOf: (name) => items.findIndex((item) => key(item) === name),
        get length() { return items.length; },
        rows: () => [...rows.values()].map(({ element }) => element),
    };
}

// Keyed reconciliation: makes the children of an element match a list, reusing, moving, adding and taking away.
// A child that goes stays for a moment as `.is-leaving`; one that comes is `.is-entering`. Style sheets animate both.

const held = new WeakMap();               // container → Map of key → {element, item}
const movedAt = new WeakMap();            // container → when something last came or went
const crowded = 250;                      // milliseconds: changes that follow each other faster are not animated
const leaveDelay = 260;                   // milliseconds; style sheets animate within it
const settleDelay = 400;

const stillness = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

/**
 * @template Item
 * @param {Element} container  all its children belong to this function, except leading ones marked `data-fixed`
 * @param {readonly Item[]} items
 * @param {object} how
 * @param {(item: Item) => string} how.key
 * @param {(item: Item) => Element} how.create
 * @param {(element: Element, item: Item) => void} how.update  called when the item is another object than before
 * @param {boolean} [how.animate]
 */
export function reconcile(container, items, { key, create, update, animate = true }) {
    const before = held.get(container) ?? new Map();
    const after = new Map();
    const now = performance.now();
    const moving = animate && !stillness?.matches && !document.hidden && !(now - movedAt.get(container) < crowded);
    let changed = false;
    for (const item of items) {
        const name = key(item);
        const entry = before.get(name) ?? { element: create(item), item: undefined, fresh: true };
        if (entry.item !== item) update(entry.element, item);
        if (entry.fresh) changed = true;
        if (entry.fresh && moving) enter(entry.element);
        after.set(name, { element: entry.element, item });
    }
    for (const [name, { element }] of before) {
        if (after.has(name)) continue;
        changed = true;
        leave(element, moving);
    }
    if (changed && animate) movedAt.set(container, now);
    let cursor = next(container.firstElementChild);
    for (const { element } of after.values()) {
        if (element === cursor) cursor = next(cursor.nextElementSibling);
        else container.insertBefore(element, cursor);
    }
    held.set(container, after);
}

function next(element) {
    while (element && (element.classList.contains("is-leaving") || "fixed" in element.dataset)) {
        element = element.nextElementSibling;
    }
    return element;
}

/** The class goes again, so that moving the element later does not repeat the animation. */
function enter(element) {
    element.classList.add("is-entering");
    setTimeout(() => element.classList.remove("is-entering"), settleDelay);
}

function leave(element, moving) {
    if (!moving) {
        element.remove();
        return;
    }
    element.classList.remove("is-entering");
    element.classList.add("is-leaving");
    element.setAttribute("aria-hidden", "true");
    setTimeout(() => element.remove(), leaveDelay);
}

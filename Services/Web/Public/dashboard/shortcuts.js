// Keys that work everywhere on the page but where one writes; "?" shows them.

import { make } from "/shared/dom.js";

const known = new Map();                  // key → [{label, run, isOn}]: views may give one key different meanings

/**
 * @param {string} key  as KeyboardEvent.key says it
 * @param {string} label  what it does
 * @param {() => void} run
 * @param {() => boolean} [isOn]  whether it works now
 */
export function addShortcut(key, label, run, isOn = () => true) {
    const others = (known.get(key) ?? []).filter((one) => one.label !== label);
    known.set(key, [...others, { label, run, isOn }]);
}

function isWriting(target) {
    if (document.querySelector("dialog[open]")) return true;
    return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat
        || isWriting(event.target)) return;
    const shortcut = known.get(event.key)?.find(({ isOn }) => isOn());
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
});

addShortcut("?", "Show these keys", async () => {
    const { openDialog } = await import("/shared/dialog.js");
    const working = [...known].flatMap(([key, all]) =>
        all.filter(({ isOn }) => isOn()).map(({ label }) => [key, label]));
    const rows = working.map(([key, label]) =>
        make("li.shortcut", {}, make("kbd", {}, key), make("span", {}, label)));
    openDialog("Keys", [make("ul.shortcuts", {}, ...rows)]);
});

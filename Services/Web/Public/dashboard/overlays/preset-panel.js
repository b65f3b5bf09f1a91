// Presets: to keep what was built, and to come back to it.

import { explain } from "/shared/api.js";
import { confirm, openDialog } from "/shared/dialog.js";
import { icon, make } from "/shared/dom.js";
import { fullTime, relative } from "/shared/format.js";
import { overlays } from "/shared/overlay-tables.js";
import { failure, skeleton, stateCard, wordsOf } from "/shared/states.js";
import { tell } from "/shared/tell.js";
import { hasNoDatabase, presetStore } from "./presets.js";

const reasons = {
    nobody: ["Log in to keep presets", "You can build an overlay and copy its address all the same."],
    member: ["Who manages this guild keeps its presets",
        "That takes Discord's “Manage Server”. You can build an overlay all the same: this page's address holds what "
        + "you have set, and its owner can open it and save it."],
    noDatabase: ["Presets need a database", "This server has none, so it can keep nothing. You can build all the same: "
        + "the overlay's address holds everything that you set here."],
};

export function labelOfOverlay(name) {
    return overlays.find((one) => one.name === name)?.label ?? name;
}

/** Why there are no presets, as a card. @param {"nobody"|"member"|"noDatabase"} reason */
export function noPresets(reason) {
    const [title, text] = reasons[reason];
    return stateCard("key", title, text);
}

/**
 * @param {HTMLElement} el
 * @param {{guild: () => string|null, rights: () => string, opened: (preset: object) => void,
 *   saved: (preset: object, before: object|null) => void, removed: (id: string) => void, draft: () => object,
 *   current: () => object|null, listed: (presets: object[]) => void, database: (isThere: boolean) => void}} how
 */
export function PresetPanel(el, how) {
    const { guild, rights, opened, saved, removed, draft, current } = how;
    let presets = null;
    let shownFor = null;                  // guild and rights

    async function load() {
        const of = guild();
        el.setAttribute("aria-busy", "true");
        if (!presets) el.replaceChildren(skeleton(3));
        try {
            const found = await presetStore.list(of);
            if (of !== guild()) return;
            presets = found;
            how.database(true);
            how.listed(presets);
            draw();
        } catch (problem) {
            if (of !== guild()) return;
            presets = null;
            if (hasNoDatabase(problem)) how.database(false);
            if (hasNoDatabase(problem)) el.replaceChildren(noPresets("noDatabase"), againButton());
            else if (problem.status === 403) el.replaceChildren(noPresets("member"));
            else el.replaceChildren(failure(problem, load));
        } finally {
            el.removeAttribute("aria-busy");
        }
    }

    function againButton() {
        const again = make("button.button.is-small", { type: "button" }, "Look again");
        again.addEventListener("click", load);
        return again;
    }

    function draw() {
        const now = Date.now();
        const mine = draft().overlay;
        const sorted = [...presets].sort((a, b) => (b.overlay === mine) - (a.overlay === mine));
        const focused = el.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
        el.replaceChildren(saveForm(), sorted.length === 0
            ? stateCard("list", "No preset yet", "Save what you have built: it can be changed later, and overlays that "
                + "follow it change with it.")
            : make("ul.preset-list", { "aria-label": "Presets of this guild" }, ...sorted.map((one) => row(one, now))));
        if (focused) el.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    }

    function saveForm() {
        const open = current();
        const name = make("input", { type: "text", id: "preset-name", maxlength: "64", autocomplete: "off",
            "data-focus": "name", placeholder: `${labelOfOverlay(draft().overlay)}, evening`,
            "aria-describedby": "preset-problem" });
        const trouble = make("p.field-problem", { id: "preset-problem", role: "alert" });
        const yes = make("button.button", { type: "submit" }, icon("plus"), open ? "Save as new" : "Save");
        const form = make("form.preset-form", { novalidate: "" },
            make("label.field-label", { for: "preset-name" }, open ? "Save as another preset" : "Save as a preset"),
            make("div.preset-form-row", {}, name, yes), trouble);
        form.addEventListener("submit", async (event) => {
            event.preventDefault();
            if (name.value.trim() === "") {
                trouble.textContent = "Give the preset a name.";
                name.setAttribute("aria-invalid", "true");
                name.focus();
                return;
            }
            yes.disabled = true;
            trouble.textContent = "";
            try {
                await keep(name.value.trim());
            } catch (problem) {
                trouble.textContent = wordsOf(problem);
                yes.disabled = false;
            }
        });
        return form;
    }

    async function keep(name) {
        const preset = await presetStore.make(guild(), { ...draft(), name });
        presets = [...(presets ?? []).filter(({ id }) => id !== preset.id), preset]
            .sort((a, b) => a.name.localeCompare(b.name));
        saved(preset, null);
        tell(`“${preset.name}” is saved`);
        draw();
    }

    function row(preset, now) {
        const isOpen = current()?.id === preset.id;
        const act = (words, name, run, more = "") => {
            const button = make(`button.button.is-small${more}`, { type: "button",
                "data-focus": `${words}-${preset.id}`, "aria-label": `${words} ${name}` }, words);
            button.addEventListener("click", run);
            return button;
        };
        return make("li.preset", { "data-preset-id": preset.id, ...(isOpen ? { "aria-current": "true" } : {}) },
            make("div.preset-words", {}, make("strong.preset-name", { dir: "auto" }, preset.name),
                make("span.preset-facts", {}, `${labelOfOverlay(preset.overlay)} · `,
                    make("time", { datetime: new Date(preset.changed).toISOString(), title: fullTime(preset.changed) },
                        relative(preset.changed, now)),
                    ...(isOpen ? [" · open now"] : []))),
            make("div.preset-actions", {}, act("Open", preset.name, () => opened(preset)),
                act("Rename", preset.name, () => renameDialog(preset)),
                act("Delete", preset.name, () => askDelete(preset), ".is-danger")));
    }

    function renameDialog(preset) {
        const name = make("input", { type: "text", id: "preset-rename", maxlength: "64", autocomplete: "off" });
        name.value = preset.name;
        const trouble = make("p.field-problem", { role: "alert" });
        const yes = make("button.button.is-main", { type: "submit" }, "Rename");
        const form = make("form.preset-form", { novalidate: "" },
            make("label.field-label", { for: "preset-rename" }, "Name"), name, trouble,
            make("div.dialog-foot", {}, yes));
        const { close } = openDialog("Rename the preset", [form]);
        name.focus();
        name.select();
        form.addEventListener("submit", async (event) => {
            event.preventDefault();
            if (name.value.trim() === "") {
                trouble.textContent = "Give the preset a name.";
                return;
            }
            yes.disabled = true;
            try {
                const next = await presetStore.replace(guild(), preset, { ...preset, name: name.value.trim() });
                close();
                if (current()?.id === preset.id) saved(next, preset);
                tell(`It is called “${next.name}” now`);
            } catch (problem) {
                yes.disabled = false;
                trouble.textContent = wordsOf(problem);
            }
            await load();
        });
    }

    function askDelete(preset) {
        confirm({ title: `Delete “${preset.name}”?`, action: "Delete",
            text: "Overlays that follow it show nothing any more. This cannot be taken back." }, async () => {
            await presetStore.remove(guild(), preset);
            removed(preset.id);
            tell(`“${preset.name}” was deleted`);
            await load();
        }, (problem) => {
            load();
            return explain(problem);
        });
    }

    return {
        /** Loads where something else is to be seen than last time. */
        show() {
            const sign = `${guild()} ${rights()}`;
            if (sign === shownFor) return;
            shownFor = sign;
            presets = null;
            if (rights() === "unknown") el.replaceChildren(skeleton(3));
            else if (rights() === "manage" && guild()) load();
            else el.replaceChildren(noPresets(rights() === "nobody" ? "nobody" : "member"));
        },
        /** What is open is another one; the list stays. */
        draw() { if (presets) draw(); },
        /** Somebody changed a preset. */
        again() { if (presets && rights() === "manage") load(); },
        askName() { el.querySelector("#preset-name")?.focus(); },
        get canSave() { return presets !== null; },
        replaced(preset) {
            if (!presets) return;
            presets = presets.map((one) => (one.id === preset.id ? preset : one));
            draw();
        },
    };
}

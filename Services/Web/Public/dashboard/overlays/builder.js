// The builder: a form and a preview of one overlay, its presets, and the way to OBS.

import { placesOf } from "/overlays/scene/places.js";
import { APIProblem } from "/shared/api.js";
import { make } from "/shared/dom.js";
import { overlays } from "/shared/overlay-tables.js";
import { wordsOf } from "/shared/states.js";
import { tell } from "/shared/tell.js";
import { BuilderHead } from "./builder-head.js";
import { conflictDialog } from "./conflict.js";
import { bytesOf, draftFrom, newPartName, partTable, partValues, queryMax, queryOf, sameDraft,
    showsEveryChannel, tableOf, withPartValue, withPlaces, withValue } from "./draft.js";
import { OptionForm } from "./option-form.js";
import { samplesFor, sizeFrom } from "./overlay-address.js";
import { PresetPanel } from "./preset-panel.js";
import { presetStore } from "./presets.js";
import { Preview } from "./preview.js";
import { SceneEditor } from "./scene-editor.js";
import { freePlace } from "./scene-geometry.js";
import { SceneParts, labelOfPart } from "./scene-parts.js";
import { Tabs } from "./tabs.js";
import { UsePanel } from "./use-panel.js";

/** What the address says of the builder. @typedef {{overlay: string, options: string, preset: string|null,
 *   size: string|null, backdrop: string|null, source: string|null, tab: string|null}} Place */

/**
 * @param {HTMLElement} el
 * @param {{guild: () => object|undefined, rights: () => string, isOpen: () => boolean, back: () => void,
 *   backHref: () => string, write: (place: Partial<Place>) => void}} page
 */
export function Builder(el, page) {
    const guildId = () => page.guild()?.id ?? null;
    const parts = make("div.scene-parts", { hidden: "" });
    const formEl = make("form.option-form", { "aria-label": "Options" });
    const presetsEl = make("div.presets");
    const useEl = make("div.use");
    const previewEl = make("section.card.preview", { "aria-label": "Preview" });
    const headEl = make("header.builder-head");

    let draft = draftFrom("voice", "");
    let preset = null;                    // what is open, as it was read
    let wantedPreset = null;              // its id, until it is known
    let put = null;                       // changes that were taken back
    let part = null;                      // of the scene; null: the whole
    let isSaving = false;
    let hasDatabase = true;
    let channels = null;
    let shownFor = "";                    // guild and rights
    let shownGuild = null;

    const head = BuilderHead(headEl, { back: page.back, save, use: () => tabs.show("use"), revert });
    const preview = Preview(previewEl, { changed: () => { writePlace(); usePanel.show(); } });
    const form = OptionForm(formEl, { changed, channels: () => page.guild()?.channels ?? [], hidden: ["place"] });
    const sceneParts = SceneParts(parts, { chosen: choosePart, added: addPart, removed: removePart });
    const editor = SceneEditor(preview.layer, { changed: (places) => set(withPlaces(draft, places)),
        chosen: choosePart, removed: removePart, labelOf: labelOfPart });
    const presets = PresetPanel(presetsEl, { guild: guildId, rights: page.rights, opened: openPreset, saved: keptAs,
        removed: gone, draft: () => ({ overlay: draft.overlay, query: queryOf(draft), name: "" }),
        current: () => preset, listed, database: (isThere) => { hasDatabase = isThere; showState(); } });
    const usePanel = UsePanel(useEl, use, () => { tabs.show("options"); tabs.focus(); });
    const tabs = Tabs([
        { id: "options", label: "Options", icon: "settings", el: make("div.options", {}, parts, formEl) },
        { id: "presets", label: "Presets", icon: "list", el: presetsEl },
        { id: "use", label: "Use in OBS", icon: "program", el: useEl },
    ], (id) => { if (id !== "use") usePanel.hide(); writePlace(); }, "Set up, keep, use");

    el.append(headEl, make("div.builder-body", {}, make("section.card.builder-panel", { "aria-label": "Settings" },
        tabs.list, make("div.tab-panels", {}, ...tabs.panels)), previewEl));
    formEl.addEventListener("submit", (event) => event.preventDefault());

    const table = () => overlays.find(({ name }) => name === draft.overlay);
    const places = () => placesOf(draft.values);
    const partsOverlays = () => (draft.overlay === "scene" ? [...new Set(places().map((one) => one.overlay))]
        : [draft.overlay]);
    const savedDraft = () => draftFrom(draft.overlay, preset?.query ?? "");
    const isDirty = () => !sameDraft(draft, savedDraft());

    function use() {
        const guild = page.guild();
        const chosen = draft.overlay === "scene"
            ? places().flatMap(({ name }) => draft.parts[name]?.channel ?? []) : draft.values.channel ?? [];
        return { guild: guild?.id ?? null, rights: page.rights(), isOpen: page.isOpen(), overlay: draft.overlay,
            label: table().label, overlays: partsOverlays(), query: queryOf(draft),
            // A part without a choice of its own shows all of them.
            channels: draft.overlay === "scene" ? [] : [...new Set(chosen)], preset, isDirty: isDirty(),
            showsAll: showsEveryChannel(draft), size: preview.size, hasDatabase };
    }

    // What is built

    function changed(name, value) {
        set(part ? withPartValue(draft, part, name, value) : name === "arrangement"
            ? withValue(withValue(draft, "place", []), name, value) : withValue(draft, name, value));
    }

    function set(next) {
        put = null;
        draft = next;
        show();
        writePlace();
    }

    function revert() {
        const before = draft;
        const after = put ?? savedDraft();
        set(after);
        put = sameDraft(after, savedDraft()) ? before : null;
        show();
    }

    function choosePart(name) {
        if (part === name) return;
        part = name;
        show();
    }

    function addPart(overlay) {
        const name = newPartName(overlay, places());
        part = name;
        set(withPlaces(draft, [...places(), freePlace(name, overlay, places())]));
        editor.focus(name);
    }

    function removePart(name) {
        const left = places().filter((one) => one.name !== name);
        if (left.length === 0) {
            tell("A scene has at least one part", "bad");
            return;
        }
        if (part === name) part = null;
        set(withPlaces(draft, left));
        editor.focus(left[0].name);
        choosePart(left[0].name);
    }

    // Showing

    function show() {
        const isScene = draft.overlay === "scene";
        if (part && !places().some(({ name }) => name === part)) part = null;
        if (part) form.show(partTable(draft, part), partValues(draft, part));
        // Parts that were placed by hand are in no arrangement.
        else form.show(tableOf(draft.overlay), draft.values.place?.length > 0
            ? { ...draft.values, arrangement: null } : draft.values);
        formEl.setAttribute("aria-label", part ? `Options of ${labelOfPart(part)}` : "Options");
        parts.hidden = !isScene;
        if (isScene) sceneParts.show(places(), part);
        if (isScene) editor.show(places(), part);
        else editor.hide();
        preview.show(queryOf(draft), guildId());
        preview.showSamples(samplesFor(partsOverlays()));
        showState();
    }

    function showState() {
        head.show({ label: `${table().label} overlay`, preset, isDirty: isDirty(), canUndo: put !== null, isSaving,
            canSave: page.rights() === "manage" && presets.canSave, isTooLong: bytesOf(queryOf(draft)) > queryMax,
            backHref: page.backHref() });
        usePanel.show();
    }

    function writePlace() {
        page.write({ overlay: draft.overlay, options: queryOf(draft), preset: preset?.id ?? wantedPreset,
            size: preview.isUsualSize ? null : `${preview.size.width}x${preview.size.height}`,
            backdrop: preview.backdrop === "game" ? null : preview.backdrop,
            source: preview.source === "sample" ? null : preview.source,
            tab: !tabs.current || tabs.current === "options" ? null : tabs.current });
    }

    // Presets

    function openPreset(next) {
        const isOther = next.overlay !== draft.overlay;
        [preset, wantedPreset, put, part] = [next, null, null, null];
        draft = draftFrom(next.overlay, next.query);
        if (isOther) preview.open(table(), { backdrop: preview.backdrop, source: preview.source });
        show();
        presets.draw();
        writePlace();
        tell(`“${next.name}” is open`);
    }

    function keptAs(next) {
        [preset, put] = [next, null];
        presets.replaced(next);
        showState();
        writePlace();
    }

    function gone(id) {
        if (preset?.id !== id) return;
        preset = null;
        showState();
        writePlace();
    }

    /** The list was read: the preset that the address names may be among them, or the open one newer than it was. */
    function listed(all) {
        const found = all.find(({ id }) => id === (preset?.id ?? wantedPreset));
        if (!preset && wantedPreset) {
            wantedPreset = null;
            if (found?.overlay === draft.overlay) preset = found;
            else tell("The preset of this link is not there any more", "bad");
        } else if (preset && found && found.version > preset.version && !isSaving) {
            const hadChanges = isDirty();
            const [before, now] = [preset, found];
            if (hadChanges) tell(`“${now.name}” was changed by somebody else. Saving will ask you what counts.`, "bad");
            else if (before.query !== now.query || before.name !== now.name) {
                openPreset(now);
                tell(`“${now.name}” was changed by somebody else; this is how it is now`);
            } else preset = now;
        }
        showState();
        writePlace();
    }

    async function save() {
        if (!preset) {
            tabs.show("presets");
            presets.askName();
            return;
        }
        isSaving = true;
        showState();
        const [guild, open] = [guildId(), preset];
        try {
            const kept = await presetStore.replace(guild, open, { ...open, query: queryOf(draft) });
            // Another one may have been opened while the answer was on its way.
            if (guildId() === guild && preset === open) keptAs(kept);
            tell(`“${open.name}” is saved`);
        } catch (problem) {
            if (problem instanceof APIProblem && [404, 412].includes(problem.status)) clash(problem.status === 404);
            else tell(wordsOf(problem), "bad");
        }
        isSaving = false;
        showState();
    }

    function clash(isGone) {
        const { id, name } = preset;
        conflictDialog({ name, isGone,
            theirs: async () => openPreset(await presetStore.read(guildId(), id)),
            mine: async () => {
                const now = await presetStore.read(guildId(), id);
                keptAs(await presetStore.replace(guildId(), now, { ...now, query: queryOf(draft) }));
                tell(`“${name}” is saved, as you have it`);
            },
            another: () => {
                if (isGone) gone(id);
                presets.again();
                tabs.show("presets");
                presets.askName();
            } });
    }

    return {
        /** @param {Place} place */
        open(place) {
            draft = draftFrom(place.overlay, place.options);
            [preset, wantedPreset, put, part] = [null, place.preset, null, null];
            preview.open(table(), { size: sizeFrom(place.size), backdrop: place.backdrop, source: place.source });
            tabs.show(["presets", "use"].includes(place.tab) ? place.tab : "options");
            show();
            presets.draw();
            presets.again();
        },
        focus: head.focus,
        /** Guild, viewer or connection have changed. */
        update() {
            const guild = page.guild();
            if (shownGuild && guild && guild.id !== shownGuild) {
                preset = null;
                wantedPreset = null;
                hasDatabase = true;
                writePlace();
            }
            shownGuild = guild?.id ?? shownGuild;
            if (guild && guild.channels !== channels) {
                channels = guild.channels;
                form.refresh();
            }
            const sign = `${guild?.id} ${page.rights()} ${page.isOpen()}`;
            if (sign === shownFor) return;
            shownFor = sign;
            presets.show();
            show();
        },
        presetsChanged() { if (!isSaving) presets.again(); },
        tick(now) { usePanel.tick(now); },
        close() { preview.close(); },
    };
}

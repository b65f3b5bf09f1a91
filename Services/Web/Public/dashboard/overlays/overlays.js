// Overlays: a gallery of all there are, and a builder for each. The address says which, and what was set:
// ?view=overlays&overlay=feed&options=…&preset=ID&size=800x600&backdrop=dark&source=real&tab=use

import { make } from "/shared/dom.js";
import { overlays } from "/shared/overlay-tables.js";
import { Builder } from "./builder.js";
import { Gallery } from "./gallery.js";
import { rightsOf } from "./presets.js";

export const styles = ["backdrops", "gallery", "builder", "option-form", "preview", "use"]
    .map((name) => `/dashboard/overlays/${name}.css`);

const names = ["overlay", "options", "preset", "size", "backdrop", "source", "tab"];
const writeAfter = 300;                   // milliseconds: a slider would write a hundred addresses in a second

/** @param {HTMLElement} el @param {import("../context.js").Context} context */
export function mount(el, context) {
    const began = performance.now();
    const rights = () => rightsOf(context, began);
    const galleryEl = make("div.gallery-page");
    const builderEl = make("div.builder", { hidden: "" });
    el.append(galleryEl, builderEl);

    let shown = null;                     // the address's parameters as they are shown
    let waiting = null;                   // parameters still to be written
    let timer = null;
    let rightsShown = null;

    const page = { guild: context.guild, rights, isOpen: () => context.me()?.access === "open", write, back,
        backHref: () => hrefOf({}) };
    const gallery = Gallery(galleryEl, { guild: context.guild, rights, hrefOf, open });
    let builder = null;

    const read = () => Object.fromEntries(names.map((name) => [name, context.query.get(name)]));
    const sign = (place) => JSON.stringify(names.map((name) => place[name] || null));

    function hrefOf(place) {
        const before = new URLSearchParams(location.search);
        const query = new URLSearchParams();
        const guild = context.guild()?.id ?? before.get("guild");
        if (guild) query.set("guild", guild);
        query.set("view", "overlays");
        for (const key of before.getAll("key")) query.append("key", key);
        for (const name of names) if (place[name]) query.set(name, place[name]);
        return `/?${query}`;
    }

    /** To another place, so that the browser's way back leads here. */
    function open(place) {
        flush();
        context.go("overlays", Object.fromEntries(Object.entries(place).filter(([, value]) => value)));
        show();
        builder?.focus();
    }

    function back() {
        const { overlay } = read();
        flush();
        context.go("overlays", {});
        show();
        gallery.focus(overlay);
        gallery.again();
    }

    /** What was set by hand: no new entry in the history. */
    function write(place) {
        if (!shown?.overlay) return;
        waiting = { ...place };
        timer ??= setTimeout(flush, writeAfter);
    }

    function flush() {
        clearTimeout(timer);
        timer = null;
        const place = waiting;
        waiting = null;
        // Another view may be shown by now, whose parameters these are not.
        if (!place || context.query.get("overlay") !== shown?.overlay) return;
        for (const name of names) context.query.set(name, place[name] || null);
        shown = read();
    }

    function show() {
        const place = read();
        shown = place;
        const isKnown = overlays.some(({ name }) => name === place.overlay);
        galleryEl.hidden = isKnown;
        builderEl.hidden = !isKnown;
        el.classList.toggle("is-page", !isKnown);
        if (isKnown) {
            builder ??= Builder(builderEl, page);
            builder.open(place);
            builder.update();
        } else {
            gallery.update();
        }
    }

    function sync() {
        if (!waiting && sign(read()) !== sign(shown ?? {})) show();
    }

    context.onEvent(({ event }) => {
        if (event !== "overlay.updated") return;
        if (shown?.overlay) builder?.presetsChanged();
        else gallery.again();
    });
    show();

    return {
        update() {
            sync();
            if (builder && !builderEl.hidden) builder.update();
            else gallery.update();
        },
        queryChanged() {
            clearTimeout(timer);
            timer = waiting = null;
            sync();
        },
        tick(now) {
            if (rights() !== rightsShown) {
                rightsShown = rights();
                this.update();
            }
            builder?.tick(now);
        },
    };
}

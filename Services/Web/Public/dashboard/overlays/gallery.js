// All overlays there are, each as it looks now, and the guild's presets.

import { make } from "/shared/dom.js";
import { relative } from "/shared/format.js";
import { overlays } from "/shared/overlay-tables.js";
import { failure, skeleton } from "/shared/states.js";
import { OverlayFrame, isCalm } from "./frame.js";
import { labelOfOverlay, noPresets } from "./preset-panel.js";
import { hasNoDatabase, presetStore } from "./presets.js";

/** What a thumbnail shows: a page of this size, with options that fill it. */
const pictures = {
    voice: { width: 500, height: 330, query: "hide=titles&max=4" },
    feed: { width: 560, height: 370, query: "limit=3" },
    stat: { width: 400, height: 264, query: "align=center&valign=middle&goal=1000" },
    milestones: { width: 560, height: 370, query: "align=center&valign=middle" },
    scene: { width: 1280, height: 400, query: "scale=1.5" },
};

/**
 * @param {HTMLElement} el
 * @param {{guild: () => object|undefined, rights: () => string, hrefOf: (place: object) => string,
 *   open: (place: object) => void}} page
 */
export function Gallery(el, { guild, rights, hrefOf, open }) {
    const cards = overlays.map(card);
    const presetsEl = make("div.gallery-presets-list");
    const presets = make("section.gallery-presets", { "aria-labelledby": "gallery-presets-title", hidden: "" },
        make("h2.gallery-heading", { id: "gallery-presets-title" }, "Your presets"), presetsEl);
    let shownFor = null;

    el.append(make("header.gallery-head", {}, make("h2.gallery-title", { tabindex: "-1" }, "Overlays for your stream"),
        make("p.gallery-lead", {}, "Choose one and make it yours: what you change shows at once. Then copy its address "
            + "into OBS.")),
    make("ul.gallery", {}, ...cards.map((one) => one.el)), presets);

    function link(place, name, ...content) {
        const one = make(name, { href: hrefOf(place) }, ...content);
        one.addEventListener("click", (event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            open(place);
        });
        return one;
    }

    function card({ name, label, about }) {
        const picture = make("div.gallery-picture", { "data-backdrop": "game", "aria-hidden": "true", inert: "" });
        const a = link({ overlay: name }, "a.card.gallery-card", picture, make("span.gallery-words", {},
            make("strong.gallery-name", {}, label), make("span.gallery-about", {}, about)));
        a.dataset.overlay = name;
        return { name, picture, a, frame: null, el: make("li.gallery-item", {}, a) };
    }

    /** An overlay runs only while it is seen. */
    const seen = new IntersectionObserver((entries) => {
        for (const { target, isIntersecting } of entries) {
            const one = cards.find(({ picture }) => picture === target);
            if (isIntersecting && !one.frame) start(one);
            else if (!isIntersecting) stop(one);
        }
    }, { rootMargin: "60px" });
    const sized = new ResizeObserver((entries) => {
        for (const { target } of entries) fit(cards.find(({ picture }) => picture === target));
    });
    for (const { picture } of cards) {
        seen.observe(picture);
        sized.observe(picture);
    }

    function start(one) {
        const { query } = pictures[one.name];
        const sample = `sample=${isCalm() ? "still" : "1"}`;
        one.frame = OverlayFrame(one.name, query ? `${sample}&${query}` : sample, `${one.name} overlay`,
            { ready: () => one.picture.classList.add("is-ready") });
        one.frame.el.tabIndex = -1;
        one.picture.replaceChildren(one.frame.el);
        fit(one);
    }

    function stop(one) {
        one.frame?.close();
        one.frame = null;
        one.picture.classList.remove("is-ready");
    }

    function fit({ name, picture, frame }) {
        if (!frame || picture.clientWidth === 0) return;
        const { width, height } = pictures[name];
        const scale = picture.clientWidth / width;
        frame.el.style.setProperty("width", `${width}px`);
        frame.el.style.setProperty("height", `${Math.max(height, picture.clientHeight / scale)}px`);
        frame.el.style.setProperty("transform", `scale(${scale})`);
    }

    async function load(id) {
        presetsEl.replaceChildren(skeleton(1));
        try {
            const found = await presetStore.list(id);
            if (id !== guild()?.id) return;
            const now = Date.now();
            presets.hidden = found.length === 0;
            presetsEl.replaceChildren(make("ul.preset-grid", {}, ...found.map((preset) => make("li", {},
                link({ overlay: preset.overlay, preset: preset.id, options: preset.query }, "a.preset-card",
                    make("strong.preset-name", { dir: "auto" }, preset.name), make("span.preset-facts", {},
                        `${labelOfOverlay(preset.overlay)} · ${relative(preset.changed, now)}`))))));
        } catch (problem) {
            if (id !== guild()?.id) return;
            presetsEl.replaceChildren(hasNoDatabase(problem) ? noPresets("noDatabase")
                : failure(problem, () => load(id)));
        }
    }

    return {
        update() {
            for (const { name, a } of cards) a.href = hrefOf({ overlay: name });
            const id = guild()?.id ?? null;
            const sign = `${id} ${rights()}`;
            if (sign === shownFor) return;
            shownFor = sign;
            presets.hidden = rights() !== "manage" || !id;
            if (!presets.hidden) load(id);
        },
        /** A preset was changed or made. */
        again() { if (guild() && rights() === "manage") load(guild().id); },
        focus(overlay) {
            const one = cards.find(({ name }) => name === overlay);
            (one?.a ?? el.querySelector(".gallery-title")).focus();
        },
    };
}

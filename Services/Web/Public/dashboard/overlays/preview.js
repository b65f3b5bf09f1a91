// What is being built, as it would look in OBS: over a backdrop, at the size of the source, scaled to fit.

import { icon, make, setText } from "/shared/dom.js";
import { stateCard } from "/shared/states.js";
import { OverlayFrame, isCalm } from "./frame.js";
import { sizeFrom } from "./overlay-address.js";
import { sampleWords } from "./option-words.js";

export const backdrops = Object.freeze({ game: "Game", light: "Light", dark: "Dark", checks: "Transparent" });
const sizes = ["400 × 800", "480 × 800", "800 × 600", "400 × 160", "600 × 400", "1280 × 720", "1920 × 1080"];

const phases = {
    connecting: ["wait", "Connecting"], live: ["good", "Live"],
    lost: ["bad", "Connection lost; the picture stays as it was"],
};

let count = 0;

/**
 * @param {HTMLElement} el
 * @param {{changed: () => void}} how  size, backdrop or source were changed by hand
 */
export function Preview(el, { changed }) {
    const name = `preview-${count += 1}`;
    const page = make("div.preview-page");
    const layer = make("div.scene-layer");
    const room = make("div.preview-room", {}, page);
    const trouble = make("div.preview-trouble", { hidden: "" });
    const measure = make("span.preview-measure");
    const connection = make("span.badge.preview-connection", { role: "status" });
    const samples = make("div.preview-samples", { role: "group", "aria-label": "Play a sample in this preview" });

    const backdropInputs = radios("Backdrop", backdrops, (value) => { backdrop = value; dress(); changed(); });
    const sourceInputs = radios("Shows", { sample: "Sample people", real: "Real events" },
        (value) => { source = value; apply(); changed(); });
    const sizeSelect = make("select.input", { "aria-label": "Size" });
    const own = ["width", "height"].map((side) => make("input.own-size", { type: "number", min: "50", max: "4096",
        "aria-label": `Own ${side} in pixels` }));
    const ownSize = make("span.own-sizes", { hidden: "" }, own[0], "×", own[1]);

    el.append(make("div.preview-bar", {}, backdropInputs.el, make("div.preview-size", {}, sizeSelect, ownSize),
        sourceInputs.el), room, make("div.preview-foot", {}, samples, connection, measure));
    room.append(trouble);

    let frame = null;
    let overlay = null;
    let label = "";
    let query = "";
    let guild = null;
    let backdrop = "game";
    let source = "sample";
    let size = { width: 400, height: 800 };
    let usual = size;

    function radios(legend, all, chosen) {
        const inputs = Object.entries(all).map(([value, text]) => {
            const input = make("input", { type: "radio", name: `${name}-${legend}`, value });
            input.addEventListener("change", () => { if (input.checked) chosen(value); });
            return [value, input, make("label.chip", {}, input, make("span", {}, text))];
        });
        return {
            el: make("div.chips", { role: "radiogroup", "aria-label": legend }, ...inputs.map(([, , one]) => one)),
            show(value) { for (const [mine, input] of inputs) input.checked = mine === value; },
        };
    }

    function fullQuery() {
        const from = source === "real" && guild ? `guild=${encodeURIComponent(guild)}`
            : `sample=${isCalm() ? "still" : "1"}`;
        return query ? `${from}&${query}` : from;
    }

    function start() {
        frame?.close();
        trouble.hidden = true;
        page.dataset.loading = "";
        frame = OverlayFrame(overlay, fullQuery(), `${label} overlay, as it will look`, {
            ready: () => { delete page.dataset.loading; trouble.hidden = true; },
            failed,
            connection: (phase) => showConnection(phase),
        });
        page.replaceChildren(frame.el, layer);
        fit();
    }

    function failed() {
        delete page.dataset.loading;
        const again = make("button.button", { type: "button" }, "Try again");
        again.addEventListener("click", start);
        trouble.replaceChildren(stateCard("alert", "The preview could not be loaded",
            "The server did not give the overlay. It may be restarting; what you have set is not lost.", again));
        trouble.hidden = false;
    }

    function showConnection(phase) {
        const [tone, words] = phases[phase] ?? phases.connecting;
        connection.hidden = source !== "real";
        connection.dataset.tone = tone;
        setText(connection, words);
    }

    function apply() {
        if (!frame) return;
        frame.apply(fullQuery());
        showConnection(frame.el.contentDocument?.documentElement?.dataset.connection ?? "connecting");
    }

    function dress() { page.dataset.backdrop = backdrop; }

    function fit() {
        const { clientWidth: width, clientHeight: height } = room;
        if (!frame || width === 0 || height === 0) return;
        const scale = Math.min(1, width / size.width, height / size.height);
        const set = (one, property, value) => one.style.setProperty(property, value);
        set(page, "width", `${size.width * scale}px`);
        set(page, "height", `${size.height * scale}px`);
        set(frame.el, "width", `${size.width}px`);
        set(frame.el, "height", `${size.height}px`);
        set(frame.el, "transform", `scale(${scale})`);
        setText(measure, `${size.width} × ${size.height} at ${Math.round(scale * 100)} %`);
    }
    new ResizeObserver(fit).observe(room);

    const nameOf = ({ width, height }) => `${width} × ${height}`;

    function showSize() {
        const known = [...new Set([nameOf(usual), ...sizes])];
        const isOwn = !known.includes(nameOf(size));
        const keepsOpen = !ownSize.hidden && ownSize.contains(document.activeElement);
        sizeSelect.replaceChildren(...known.map((text) => make("option", { value: text }, text)),
            make("option", { value: "own" }, "Own size"));
        sizeSelect.value = isOwn || keepsOpen ? "own" : nameOf(size);
        ownSize.hidden = !isOwn && !keepsOpen;
        if (!keepsOpen) [own[0].value, own[1].value] = [size.width, size.height];
        fit();
    }

    sizeSelect.addEventListener("change", () => {
        if (sizeSelect.value === "own") {
            ownSize.hidden = false;
            own[0].focus();
            own[0].select();
            return;
        }
        size = sizeFrom(sizeSelect.value);
        showSize();
        changed();
    });
    for (const input of own) {
        input.addEventListener("change", () => {
            const next = sizeFrom(`${own[0].value}x${own[1].value}`);
            if (!next) return;
            size = next;
            [own[0].value, own[1].value] = [size.width, size.height];
            fit();
            changed();
        });
    }

    return {
        layer,
        get size() { return size; },
        get backdrop() { return backdrop; },
        get source() { return source; },
        get isUsualSize() { return nameOf(size) === nameOf(usual); },

        /** @param {{name: string, label: string, size: string}} of  an overlay's table @param {object} set  the view */
        open(of, set) {
            overlay = of.name;
            label = of.label;
            usual = sizeFrom(of.size) ?? size;
            this.set(set);
            start();
        },
        set(next) {
            size = next.size ?? usual;
            backdrop = next.backdrop in backdrops ? next.backdrop : "game";
            source = next.source === "real" ? "real" : "sample";
            backdropInputs.show(backdrop);
            sourceInputs.show(source);
            dress();
            showSize();
            apply();
        },
        /** @param {string} nextQuery  options alone @param {string|null} nextGuild  of the real events */
        show(nextQuery, nextGuild) {
            [query, guild] = [nextQuery, nextGuild];
            apply();
        },
        showSamples(kinds) {
            if (samples.dataset.kinds === kinds.join()) return;
            samples.dataset.kinds = kinds.join();
            samples.replaceChildren(make("span.preview-samples-label", {}, "Play"), ...kinds.map((kind) => {
                const button = make("button.button.is-small", { type: "button", "data-sample": kind }, icon("play"),
                    sampleWords[kind]);
                button.addEventListener("click", () => frame?.sample(kind));
                return button;
            }));
        },
        close() { frame?.close(); },
    };
}

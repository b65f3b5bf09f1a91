// The page of an overlay: reads its address, opens the one stream, and shows the overlay for as long as there is a
// picture that is right. Nothing here knows which overlay it is.

import { EVENT_NAMES } from "./events.js";
import { apply, noGuilds } from "./guild.js";
import { make, setText } from "./dom.js";
import { ServerClock } from "./overlay-clock.js";
import { applyLook } from "./overlay-look.js";
import { readOptions, sameValue } from "./overlay-options.js";
import { listenToPreview } from "./overlay-preview.js";
import { RuleBook, noRules, withPreset } from "./overlay-rules.js";
import { makeSample, openSamples, withSampleChannels } from "./overlay-samples.js";
import { wordsOf } from "./overlay-words.js";
import { openStream } from "./stream.js";

/**
 * @typedef {object} Picture  all that an overlay shows is made of it
 * @property {import("./guild.js").Guild} guild
 * @property {import("./overlay-rules.js").Rules|null} rules  null: not known yet
 * @property {object[]} samples  test events that are still to be seen (overlay-samples.js)
 * @property {number} now       the server's time, Unix milliseconds
 * @property {boolean} animate  whether what differs from the last picture may move
 *
 * @typedef {object} Frame  what an overlay is mounted with
 * @property {import("./overlay-options.js").Values} values @property {URLSearchParams} parameters
 * @property {ReturnType<typeof wordsOf>} words
 * @property {object} memory    the overlay's own; outlives a mounting, not the page
 *
 * @typedef {object} Overlay
 * @property {string} name @property {readonly object[]} options
 * @property {(values: object, parameters: URLSearchParams) => string[]} events  that it asks of the stream
 * @property {(values: object, parameters: URLSearchParams) => boolean} ticks  whether time alone changes the picture
 * @property {boolean} wantsRules
 * @property {(el: HTMLElement, frame: Frame) => {show: (picture: Picture) => void, sample?: (sample: object) => void,
 *   close?: () => void}} mount
 * @property {(memory: object, envelope: object, values: object, parameters: URLSearchParams) => void} [remember]
 * @property {(message: object, values: object, parameters: URLSearchParams) => boolean} [keeps]  whether a message
 *   may ever be shown; what is not kept takes no room from what is. All are where it is absent
 */

const samplesMax = 20;
const testMax = 30_000;             // a test event that comes later is nobody's any more
const tickEvery = 1_000;

/** @param {Overlay} overlay @param {HTMLElement} el */
export function startOverlay(overlay, el) {
    const root = document.documentElement;
    const note = make("p.overlay-note", { role: "status" });
    const clock = ServerClock();
    note.hidden = true;
    el.after(note);

    let address = new URLSearchParams(location.search);     // what the page was opened with, or the builder says
    let parameters = address;                               // the same on top of the preset
    let values = readOptions(overlay.options, parameters);
    let words = wordsOf(values.lang);
    let stream = null;
    let source = null;              // what the stream was opened for
    let book = null;
    let bookOf = null;
    let rules = null;
    let preset = null;
    let presetStatus = 0;
    let state = { phase: "connecting", wasLive: false, problem: null };
    let guilds = noGuilds;
    let memory = {};
    let samples = [];
    let sampleNumber = 0;
    let mounted = null;
    let still = true;               // the next picture is the first of its kind: nothing moves into it
    let pending = false;
    let wasShown = false;
    let refused = false;            // until the stream is live again: a server that is away takes no refusal back

    const isSample = () => values.sample !== "0";
    const currentGuild = () => (values.guild && !isSample() ? guilds.get(values.guild) : guilds.values().next().value);
    // Without its preset an overlay might show what it was told to hide.
    const isReady = () => !refused && (values.preset === "" || isSample() || preset !== null);

    function configure() {
        const before = values;
        parameters = preset && !isSample() ? withPreset(address, preset.query) : address;
        values = readOptions(overlay.options, parameters);
        if (isSample()) values = withSampleChannels(overlay.options, values);
        words = wordsOf(values.lang);
        root.lang = values.lang;
        applyLook(root, values);
        unmount();
        connect();
        if (before.sample !== values.sample) samples = [];
        schedule();
    }

    function connect() {
        const events = [...overlay.events(values, parameters)];
        if (EVENT_NAMES.some((name) => name.startsWith("overlay."))) events.push("overlay.*");
        const wanted = { sample: values.sample, guilds: values.guild ? [values.guild] : [], events, key: values.key };
        if (sameValue(wanted, source)) return;
        source = wanted;
        stream?.close();
        guilds = noGuilds;
        forget();
        stream = isSample() ? openSamples({ moves: values.sample === "1" }) : openStream(wanted);
        stream.on("snapshot", received);
        stream.on("*", received);
        stream.onState(changed);
    }

    function received(envelope) {
        clock.heard(envelope.ts);
        if (envelope.event.startsWith("overlay.") && envelope.guild !== currentGuild()?.id) return;
        if (envelope.event === "overlay.tested") {
            if (clock.now() - envelope.ts < testMax) play(envelope.payload?.kind);
            return;
        }
        if (envelope.event === "overlay.updated") {
            // Of another preset it is none of ours: a key's calls are counted.
            const changed = envelope.payload?.preset ?? null;
            if (changed === null || changed === values.preset) book?.askSoon();
            return;
        }
        const before = currentGuild()?.id;
        if (envelope.event === "snapshot" || envelope.event === "reset") still = true;
        const isKept = envelope.event !== "message.created" || !overlay.keeps
            || overlay.keeps(envelope.payload, values, parameters);
        if (!isKept) return;
        guilds = apply(guilds, envelope);
        if (before !== undefined && before !== currentGuild()?.id) forget();
        if (envelope.guild === currentGuild()?.id) overlay.remember?.(memory, envelope, values, parameters);
        readRules();
        schedule();
    }

    /** What was seen of another guild is none of this one's. */
    function forget() {
        unmount();
        memory = {};
    }

    /** The guild is known from the address, or from the first snapshot. */
    function readRules() {
        const guild = isSample() ? null : values.guild ?? currentGuild()?.id ?? null;
        const wanted = guild && { guild, keys: values.key, preset: values.preset, wantsRules: overlay.wantsRules };
        if (sameValue(wanted, bookOf)) return;
        bookOf = wanted;
        book?.close();
        book = null;
        rules = null;
        if (wanted) book = RuleBook(wanted, rulesRead);
    }

    function rulesRead(told) {
        rules = told.rules;
        presetStatus = told.presetStatus;
        const isNew = told.preset !== null && !sameValue(told.preset, preset);
        preset = told.preset;
        if (isNew) configure();
        else schedule();
    }

    function changed(next) {
        state = next;
        refused = ["unauthorised", "forbidden"].includes(next.problem?.kind) || (refused && next.phase !== "live");
        root.dataset.connection = state.phase;
        schedule();
    }

    function schedule() {
        tellNote();
        // A page that is not seen has no frames; what must not be seen any more goes at once.
        if (!isReady() || !currentGuild()) return unmount();
        if (pending) return;
        pending = true;
        requestAnimationFrame(() => {
            pending = false;
            draw();
        });
    }

    function draw() {
        const guild = currentGuild();
        if (!isReady() || !guild) return unmount();
        const now = clock.now();
        samples = samples.filter(({ until }) => until > now);
        if (!mounted) {
            still = true;
            mounted = overlay.mount(el, { values, parameters, words, memory });
        }
        const animate = !still && values.motion !== "none";
        still = false;
        wasShown = true;
        mounted.show({ guild, samples, rules: isSample() ? noRules : rules, now, animate });
    }

    function unmount() {
        mounted?.close?.();
        mounted = null;
        el.replaceChildren();
        still = true;
    }

    function play(kind) {
        const sample = makeSample(kind, sampleNumber += 1, clock.now());
        if (!sample) return;
        samples = [...samples, sample].slice(-samplesMax);
        if (mounted) mounted.sample?.(sample);
        schedule();
    }

    /** Said only where nothing was ever shown: a note in the middle of a stream helps nobody who watches. */
    function tellNote() {
        const text = explain();
        note.hidden = text === "";
        setText(note, text && `Guildwire: ${text}`);
    }

    function explain() {
        if (isSample() || wasShown) return "";
        if (values.preset !== "" && presetStatus >= 400 && presetStatus < 500) return words.noPreset;
        const kind = state.problem?.kind;
        if (kind === "unauthorised") return words.needsKey;
        if (kind === "forbidden") return words.forbidden;
        if (kind === "notReady") return words.notReady;
        if (state.wasLive && !currentGuild()) return words.noGuild;
        return kind ? words.waiting : "";
    }

    setInterval(() => {
        if (samples.length > 0 || (mounted && overlay.ticks(values, parameters))) schedule();
    }, tickEvery);
    configure();
    readRules();
    listenToPreview(overlay.name, {
        apply(query) {
            address = new URLSearchParams(query);
            if (address.get("preset") !== values.preset) preset = null;
            configure();
            readRules();
        },
        sample: play,
    });
}

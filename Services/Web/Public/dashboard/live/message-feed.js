// The messages, newest last. At the end it follows; a reader who has scrolled up, or paused, is left in peace.

import { icon, make, setText } from "/shared/dom.js";
import { number } from "/shared/format.js";
import { FeedFilter } from "./feed-filter.js";
import { FEED_MAX, FeedStore } from "./feed-store.js";
import { FeedTools } from "./feed-tools.js";
import { makeMessage, namesIn, showMessage } from "./message-row.js";
import { fillPanel } from "./panel.js";
import { refreshTimes } from "./times.js";
import { WindowList } from "./window-list.js";

const crowded = 600;                  // milliseconds: messages that follow each other faster just stand there

/**
 * @param {HTMLElement} el
 * @param {import("../context.js").Context} context
 * @param {() => void} timesChanged  the reader wants times told the other way
 */
export function MessageFeed(el, context, timesChanged) {
    const store = FeedStore();
    const filter = FeedFilter(context.query, () => { isFiltered = true; show(); });
    const list = make("ol.messages");
    const how = { picture: "messages", title: "Messages", rows: 8, role: "log",
        nothing: ["Quiet so far", "New messages appear here as they are written."] };
    const { body, count, empty, head } = fillPanel(el, how, list);
    body.setAttribute("aria-live", "off");          // the announcer sums up; reading every message out would be a flood
    const tools = FeedTools(filter, { guild: context.guild, pause, timesChanged, leave: () => body.focus() });
    head.append(tools.el);
    list.addEventListener("animationend", ({ target }) => target.classList.remove("is-new"));
    const jump = make("button.jump", { type: "button" }, make("span"), icon("down"));
    jump.hidden = true;
    el.append(jump);
    jump.addEventListener("click", () => {
        if (store.isPaused) pause();
        rows.toEnd();
        body.focus({ preventScroll: true });
    });

    let guildId = null;
    let channels = [];                    // of the guild before the event that comes
    let shown = [];
    let version = -1;
    let isFiltered = false;               // another filter than that of `shown`
    let drawn = 0;                        // number of the newest message that has been shown
    let read = 0;                         // the same, when the reader left the end
    let drawnAt = 0;                      // when new messages were shown last
    let isCalm = true;                    // that was some time ago

    let names, now;
    const rows = WindowList(body, list, {
        key: ({ messageId }) => messageId,
        create: (message) => {
            const element = makeMessage(message);
            element.classList.toggle("is-new", message.number > drawn && isCalm);
            return element;
        },
        update: (element, message, before) => showMessage(element, message, before, { names, now, mark: filter.mark }),
        scrolled: (following) => {
            if (following) read = drawn;
            showJump();
        },
    });

    function showJump() {
        jump.hidden = rows.following;
        const news = shown.length - 1 - shown.findLastIndex((message) => message.number <= read);
        setText(jump.firstElementChild, news === 0 ? "Newest" : news === 1 ? "1 new message"
            : `${number(news)} new messages`);
    }

    function showEmpty() {
        empty.hidden = shown.length > 0;
        if (!empty.hidden && empty.dataset.of !== String(filter.isOn)) {
            empty.dataset.of = String(filter.isOn);
            const [title, text] = how.nothing;
            empty.replaceChildren(...(filter.isOn ? nothingFound() : [make("strong", {}, title), text]));
        }
    }

    function nothingFound() {
        const clear = make("button.button.is-small", { type: "button" }, "Show all messages");
        clear.addEventListener("click", () => { filter.clear(); body.focus(); });
        return [make("strong", {}, "Nothing matches"), "No message here fits the search and the channels.", clear];
    }

    function show() {
        const guild = context.guild();
        if (!guild) return;
        now = Date.now();
        if (guild.id !== guildId) begin(guild);
        tools.showPause(store.isPaused, store.waiting(filter.matches));
        if (store.version === version && !isFiltered) return;
        names = namesIn(guild, store.messages);
        // Items that the filter marks anew are other items: each is shown again.
        const matching = filter.isOn ? store.messages.filter(filter.matches) : [...store.messages];
        if (isFiltered) rows.forget();
        version = store.version;
        shown = matching;
        if (rows.following) read = store.newest;
        isCalm = now - drawnAt > crowded;
        rows.show(shown);
        if (store.newest !== drawn) drawnAt = now;
        drawn = store.newest;
        setText(count, words());
        showEmpty();
        showJump();
        if (isFiltered) {
            tools.showFilter();
            if (filter.isOn) context.say.urgent(`${words()}.`, now);
        }
        isFiltered = false;
    }

    function words() {
        if (filter.isOn) return shown.length === 1 ? "1 match" : `${number(shown.length)} matches`;
        if (shown.length === 0) return "";
        return shown.length < FEED_MAX ? number(shown.length) : `last ${number(FEED_MAX)}`;
    }

    function begin(guild) {
        if (!guild) return;               // the last one has gone: another view is shown
        const isOther = guildId !== null && guildId !== guild.id;
        guildId = guild.id;
        channels = guild.channels;
        store.begin(guild);
        isFiltered = true;
        if (!isOther) return;
        rows.follow();
        if (filter.channels.size > 0) filter.setChannels([]);
    }

    function pause() {
        if (store.isPaused) store.resume();
        else store.pause();
        context.say.urgent(store.isPaused ? "Paused" : "Resumed", Date.now());
        show();
    }

    body.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("a, button")) return;
        if (event.key === " ") pause();
        else if (!move(event.key)) return;
        event.preventDefault();
    });

    /** From message to message; Home and End are the ends of all that there are. */
    function move(key) {
        const here = document.activeElement.closest?.(".message");
        const at = here ? rows.indexOf(here.dataset.messageId) : -1;
        const last = rows.length - 1;
        const to = { ArrowUp: at < 0 ? last : at - 1, ArrowDown: at < 0 ? last : at + 1, Home: 0, End: last }[key];
        if (to === undefined || last < 0) return false;
        rows.reveal(Math.max(0, Math.min(to, last)))?.querySelector(".message-row").focus({ preventScroll: true });
        if (key === "End") rows.toEnd();
        return true;
    }

    filter.read();

    return {
        show,
        pause,
        search: tools.focus,
        queryChanged: filter.read,

        /** @param {import("/shared/stream.js").Envelope} envelope  of this guild; the guild is already behind it */
        receive(envelope) {
            const guild = context.guild();
            if (envelope.event === "snapshot" || envelope.event === "reset") begin(guild);
            else if (guild?.id === guildId) store.receive(envelope, channels);
            channels = guild?.channels ?? [];
        },

        get canClear() { return filter.isOn || store.isPaused || !rows.following; },
        clear() {
            if (store.isPaused) pause();
            if (filter.isOn) filter.clear();
            rows.toEnd();
        },

        showTimes(time) { refreshTimes(list, time); },
    };
}

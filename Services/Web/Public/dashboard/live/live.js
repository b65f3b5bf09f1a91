// Live: who is in voice, what is written, who comes and goes, as it happens.

import { icon, make } from "/shared/dom.js";
import { ActivityList } from "./activity-list.js";
import { sentence } from "./activity-words.js";
import { MessageFeed } from "./message-feed.js";
import { StatStrip } from "./stat-strip.js";
import { VoicePanel } from "./voice-panel.js";

export const styles = ["live", "stat-strip", "voice-panel", "message-feed", "feed-tools", "activity-list"]
    .map((name) => `/dashboard/live/${name}.css`);

/** On a phone one panel is seen at a time. */
const panels = { voice: ["speaker", "Voice"], messages: ["messages", "Messages"], activity: ["activity", "Others"] };
const spoken = new Set(["voice.joined", "voice.left", "voice.moved", "member.joined", "member.left"]);

/** @param {HTMLElement} el @param {import("../context.js").Context} context */
export function mount(el, context) {
    const panel = (id, name) => make(`section.card.panel.${name}`, { id, "aria-labelledby": `${id}-title` });
    const strip = make("section.stat-strip", { "aria-label": "Counts" });
    const places = { voice: panel("voice", "voice-panel"), messages: panel("messages", "message-feed"),
        arrivals: panel("arrivals", "activity-list"), activity: panel("activity", "activity-list") };
    const switcher = make("div.view-switch", { role: "group", "aria-label": "Panels" });
    el.append(strip, switcher, make("div.panels", {}, ...Object.values(places)));

    const stats = StatStrip(strip);
    const voice = VoicePanel(places.voice);
    const feed = MessageFeed(places.messages, context, () => showTimes(Date.now()));
    // Beside the activity where there is room for it (live.css).
    const arrivals = ActivityList(places.arrivals, { title: "Joins and leaves", picture: "person", kind: "member",
        nothing: ["Nobody yet", "Who joins or leaves the guild while you watch."] });
    const activity = ActivityList(places.activity, { title: "Activity", picture: "activity",
        nothing: ["Nothing yet", "Joins, roles and reactions since you opened this page."],
        choose: (kind) => context.query.set("kind", kind) });

    const buttons = Object.entries(panels).map(([id, [picture, label]]) => {
        const button = make("button", { type: "button", "data-panel": id }, icon(picture), label);
        button.addEventListener("click", () => showPanel(id));
        return button;
    });
    switcher.append(...buttons);

    function showPanel(id) {
        el.dataset.panel = id;
        for (const one of buttons) one.setAttribute("aria-pressed", String(one.dataset.panel === id));
    }
    showPanel("messages");

    function showTimes(now) {
        for (const part of [feed, arrivals, activity]) part.showTimes(now);
    }

    function readQuery() {
        activity.setKind(context.query.get("kind") ?? "");
    }
    readQuery();

    context.onEvent((envelope) => {
        feed.receive(envelope);
        if (envelope.event === "snapshot" || envelope.event === "reset") return;
        stats.beat(Date.now());
        if (envelope.event === "message.created") context.say.message();
        if (spoken.has(envelope.event)) context.say.happened(sentence(envelope.event, envelope.payload));
    });

    context.addShortcut("/", "Search messages", () => { showPanel("messages"); feed.search(); });
    context.addShortcut("p", "Pause the messages, and go on (in their list the space bar, too)", feed.pause);
    context.addShortcut("Escape", "Show all messages again, from the newest", feed.clear,
        () => feed.canClear && !document.querySelector(":popover-open"));

    return {
        update() {
            const guild = context.guild();
            el.dataset.phase = context.stream().phase;
            if (!guild) return;
            stats.showCounts(guild, Date.now());
            voice.show(guild);
            feed.show();
            arrivals.show(guild);
            activity.show(guild);
        },
        tick(now) {
            stats.tick(now);
            voice.tick(now);
            showTimes(now);
        },
        queryChanged() {
            readQuery();
            feed.queryChanged();
        },
    };
}

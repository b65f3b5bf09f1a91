// The dashboard: one stream in, one state, and views that each show their part of it.
//
// Parameters of the address: guild=ID shows that guild first; key=… is an access key.

import { apply, noGuilds } from "/shared/guild.js";
import { openStream } from "/shared/stream.js";
import { icon, make } from "/shared/dom.js";
import { stateCard } from "/shared/states.js";
import { ActivityList, sentence } from "./activity-list.js";
import { Announcer } from "./announcer.js";
import { MessageFeed } from "./message-feed.js";
import { StatStrip } from "./stat-strip.js";
import { StreamNotice } from "./stream-notice.js";
import { TopBar } from "./top-bar.js";
import { Visitor } from "./visitor.js";
import { VoicePanel } from "./voice-panel.js";

const query = new URLSearchParams(location.search);
const find = (selector) => document.querySelector(selector);

const stream = openStream({ key: query.getAll("key") });
const reconnect = () => stream.reconnectNow();

const topBar = TopBar(find(".top-bar"), { choose, reconnect });
const visitor = Visitor(topBar.account, { hasKey: query.has("key"), close: () => stream.close() });
const notice = StreamNotice(find(".stream-notice"), { reconnect });
const stats = StatStrip(find(".stat-strip"));
const voice = VoicePanel(find("#voice"));
const feed = MessageFeed(find("#messages"));
const activity = ActivityList(find("#activity"));
const announcer = Announcer(find("#announcer"));

let guilds = noGuilds;
let current = query.get("guild");
let pending = false;
let drawnAt = 0;

/** However many events come, the page is drawn at most twenty times a second. */
function draw() {
    if (pending) return;
    pending = true;
    setTimeout(() => requestAnimationFrame(() => {
        pending = false;
        const now = drawnAt = Date.now();
        topBar.showConnection(stream.state, now);
        const guild = guilds.get(current);
        showNothing(stream.state.phase === "live" && guilds.size === 0);
        if (!guild) return;
        delete document.body.dataset.loading;
        topBar.showGuilds(guilds, current);
        stats.showCounts(guild);
        voice.show(guild);
        feed.show(guild, now);
        activity.show(guild, now);
    }), Math.min(50, Math.max(0, drawnAt + 50 - Date.now())));
}

/** Who is in no guild of this bot would otherwise wait for ever. */
function showNothing(isEmpty) {
    if (isEmpty === ("empty" in document.body.dataset)) return;
    document.body.toggleAttribute("data-empty", isEmpty);
    find(".no-guild")?.remove();
    if (!isEmpty) return;
    topBar.showGuilds(guilds, current);
    const card = stateCard("person", "No guild to show",
        "Guildwire's bot is in no guild that you are in. When it is invited to one, or you join one, it appears here.");
    card.classList.add("no-guild");
    find(".panels").after(card);
}

function choose(guildId) {
    current = guildId;
    const address = new URL(location.href);
    address.searchParams.set("guild", guildId);
    history.replaceState(null, "", address);
    draw();
}

function received(envelope) {
    guilds = apply(guilds, envelope);
    draw();
}

stream.on("snapshot", (envelope) => {
    received(envelope);
    if (!guilds.has(current)) current = guilds.keys().next().value ?? null;
});

stream.on("*", (envelope) => {
    received(envelope);
    if (envelope.guild !== current) return;
    stats.beat(Date.now());
    if (envelope.event === "message.created") announcer.message();
    if (envelope.event.startsWith("voice.") && envelope.event !== "voice.updated") {
        announcer.happened(sentence(envelope.event, envelope.payload));
    }
});

let phase = "connecting";
stream.onState((state) => {
    if (visitor.isTurnedAway(state)) return;
    notice.show(state);
    if (state.phase !== phase && (state.phase === "lost" || phase === "lost")) {
        announcer.urgent(state.phase === "live" ? "Live again" : "Connection lost", Date.now());
    }
    phase = state.phase;
    draw();
});

setInterval(() => {
    const now = Date.now();
    topBar.showConnection(stream.state, now);
    stats.showPulse(now);
    announcer.tick(now);
    feed.showTimes(now);
    activity.showTimes(now);
}, 1_000);

/** On a phone one panel is seen at a time. */
const views = { voice: ["speaker", "Voice"], messages: ["messages", "Messages"], activity: ["activity", "Activity"] };
const buttons = Object.entries(views).map(([view, [picture, label]]) => {
    const button = make("button", { type: "button", "data-view": view }, icon(picture), label);
    button.addEventListener("click", () => showView(view));
    return button;
});

function showView(view) {
    document.body.dataset.view = view;
    for (const one of buttons) one.setAttribute("aria-current", String(one.dataset.view === view));
}

find(".view-switch").append(...buttons);
showView(document.body.dataset.view);

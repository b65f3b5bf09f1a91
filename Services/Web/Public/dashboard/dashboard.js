// The dashboard: one stream in, one state, and views that each show their part of it.
//
// Parameters of the address: guild=ID and view=NAME say what is shown; key=… is an access key; others are the view's.

import { apply, noGuilds } from "/shared/guild.js";
import { openStream } from "/shared/stream.js";
import { Address } from "./address.js";
import { Announcer } from "./announcer.js";
import { Listeners } from "./context.js";
import { addShortcut } from "./shortcuts.js";
import { Stage } from "./stage.js";
import { StreamNotice } from "./stream-notice.js";
import { TopBar } from "./top-bar.js";
import { ViewNav } from "./view-nav.js";
import { firstRun, views } from "./views.js";
import { Visitor } from "./visitor.js";

const restMin = 50;                   // milliseconds between two drawings
const restMax = 500;

const find = (selector) => document.querySelector(selector);

const address = Address(views.map(({ id }) => id), addressChanged);
const stream = openStream({ key: address.keys });
const reconnect = () => stream.reconnectNow();
const events = Listeners();
const announcer = Announcer(find("#announcer"));

const topBar = TopBar(find(".top-bar"), { choose, reconnect });
const visitor = Visitor(topBar.account,
    { hasKey: address.keys.length > 0, close: () => stream.close(), changed: draw });
const notice = StreamNotice(find(".stream-notice"), { reconnect });
const nav = ViewNav(find(".view-nav"), views, { hrefOf: address.hrefOf, go });
const stage = Stage(find(".views"), contextFor);

let guilds = noGuilds;
let pending = false;
let drawnAt = 0;
let rest = restMin;
let hadNothing = false;

/** @returns {import("./context.js").Context} */
function contextFor(view) {
    return {
        guild: () => guilds.get(address.guild),
        guilds: () => guilds,
        me: () => visitor.me,
        ownGuild: () => visitor.ownGuild(address.guild),
        stream: () => stream.state,
        onEvent: events.add,
        // What comes late, a search that was being typed, is not for the view that is shown by then.
        query: { ...address.query,
            set: (name, value) => { if (address.view === view.id) address.query.set(name, value); } },
        go,
        say: announcer,
        addShortcut: (key, label, run, isOn = () => true) =>
            addShortcut(key, label, run, () => stage.current === view.id && isOn()),
    };
}

/**
 * However many events come, the page is drawn at most twenty times a second, and on a slow computer less often: so
 * drawing takes no more than a quarter of its time.
 */
function draw() {
    if (pending) return;
    pending = true;
    setTimeout(() => requestAnimationFrame(() => {
        const began = performance.now();
        pending = false;
        const now = drawnAt = Date.now();
        topBar.showConnection(stream.state, now);
        topBar.showGuilds(guilds, address.guild);
        nav.show(address.view, isFor);
        const view = views.find(({ id }) => id === address.view);
        stage.show(hasNothing() && !view.isOwn ? firstRun : view);
        document.body.toggleAttribute("data-loading", guilds.size === 0);
        stage.update();
        rest = Math.min(restMax, Math.max(restMin, 3 * (performance.now() - began)));
    }), Math.min(rest, Math.max(0, drawnAt + rest - Date.now())));
}

/** Nothing to show, and not because it is still on its way: then the page says what to do, until there is something. */
function hasNothing() {
    const { phase, problem, wasLive } = stream.state;
    if (guilds.size > 0) return hadNothing = false;
    return hadNothing ||= phase === "live" || (problem?.kind === "notReady" && !wasLive);
}

function isFor(view) {
    if (hasNothing()) return Boolean(view.always);
    return view.needs !== "manage" || Boolean(visitor.ownGuild(address.guild)?.canManage);
}

function go(view, parameters) {
    if (view !== address.view || parameters !== undefined) address.setView(view, parameters);
    draw();
    find("main").focus({ preventScroll: true });
}

function addressChanged() {
    // Back may lead to a guild that is not there any more.
    if (guilds.size > 0 && !guilds.has(address.guild)) address.setGuild(guilds.keys().next().value);
    stage.queryChanged(address.view);
    draw();
}

function choose(guildId) {
    address.setGuild(guildId);
    draw();
}

function received(envelope) {
    guilds = apply(guilds, envelope);
    const isWhole = envelope.event === "snapshot" || envelope.event === "reset";
    if (isWhole) visitor.lookAgain([...guilds.keys()], Date.now());
    if (isWhole && !guilds.has(address.guild)) address.setGuild(guilds.keys().next().value ?? null);
    if (isWhole || envelope.guild === address.guild) events.tell(envelope);
    draw();
}

stream.on("snapshot", received);
stream.on("*", received);

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
    announcer.tick(now);
    stage.tick(now);
}, 1_000);

views.forEach((view, index) => addShortcut(String(index + 1), view.label, () => { if (isFor(view)) go(view.id); }));
draw();

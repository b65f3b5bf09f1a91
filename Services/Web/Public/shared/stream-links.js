// Three ways for a page to its events; each gives the same messages (MemberMessage in stream-share.js).
//
//   worker  a shared worker has the stream
//   leader  where there are none: the tabs elect one of them by a lock; it has the stream and tells the others over a
//           broadcast channel; when it goes, the next one goes on from the same position
//   alone   where there is neither: a stream of the page's own

import { ShareRoom, homeOf } from "./stream-share.js";

// Raise it when the messages change: tabs of two versions would not understand each other.
const name = "guildwire-stream-1";
const helloMax = 5_000;             // a worker that has not answered by then does not work here
const gatherDelay = 150;            // a new leader waits so long for the others to tell where they are

const newId = () => `${name}-${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}`;

/** @returns {"worker"|"leader"|"alone"} */
export function linkKind(world) {
    if (world.SharedWorker) return "worker";
    return world.BroadcastChannel && world.locks ? "leader" : "alone";
}

/**
 * @param {{wants: import("./stream-share.js").Wants, key: string[]}} member
 * @param {(message: import("./stream-share.js").MemberMessage) => void} receive
 * @returns {{wake: () => void, leave: () => void}}
 */
export function makeLink(member, receive, world) {
    return { worker: linkByWorker, leader: linkByLeader, alone: linkAlone }[linkKind(world)](member, receive, world);
}

function linkAlone(member, receive, world) {
    const room = ShareRoom((ids, message) => { if (ids.length > 0) receive(message); }, world);
    room.join({ ...member, id: "page" });
    return { wake: () => room.wake("page"), leave: () => room.leave("page") };
}

function linkByWorker(member, receive, world) {
    const id = newId();
    const worker = new world.SharedWorker("/shared/stream-worker.js", { type: "module", name });
    const hold = holdLock(id, world);
    let other = null;               // what is used instead when the worker does not work
    let left = false;
    const limit = world.setTimeout(giveUp, helloMax);

    function giveUp() {
        world.clearTimeout(limit);
        if (other || left) return;
        worker.port.close();
        hold.release();
        other = makeLink(member, receive, { ...world, SharedWorker: undefined });
    }

    worker.onerror = giveUp;
    worker.port.onmessage = ({ data }) => {
        if (other || left) return;
        if (data.type !== "hello") return receive(data);
        world.clearTimeout(limit);
        hold.held.then(() => { if (!left && !other) worker.port.postMessage({ type: "join", id, ...member }); });
    };
    return {
        wake: () => (other ? other.wake() : worker.port.postMessage({ type: "wake", id })),
        leave() {
            left = true;
            world.clearTimeout(limit);
            if (other) return other.leave();
            worker.port.postMessage({ type: "leave", id });
            worker.port.close();
            hold.release();
        },
    };
}

function linkByLeader(member, receive, world) {
    const id = newId();
    const channel = new world.BroadcastChannel(name);
    const hold = holdLock(id, world);
    let position = "";              // what this page's stream has come to, also by events for others
    let room = null;                // while this page leads
    let left = false;
    let resign = () => {};

    const home = homeOf(member.key);
    const own = () => ({ id, ...member, lastEventId: position });
    const tell = (message) => channel.postMessage(message);

    function take({ ids, home: whose, message }) {
        if (whose === home && message.at) position = message.at;
        if (ids.includes(id)) receive(message);
    }

    const abort = new AbortController();
    const led = new Set();          // ids of the members that this page leads

    function join(other) {
        led.add(other.id);
        room.join(other);
        if (other.id === id) return;
        // When a tab crashes, the lock of its id is given to us.
        world.locks.request(other.id, { signal: abort.signal }, () => leave(other.id)).catch(() => { /* left */ });
    }

    function leave(other) {
        led.delete(other);
        room.leave(other);
    }

    function lead() {
        const early = new Map([[id, own()]]);
        let gathering = true;
        room = ShareRoom((ids, message, whose) => {
            const parcel = { type: "told", ids, home: whose, message };
            tell(parcel);
            take(parcel);
        }, world);
        channel.onmessage = ({ data }) => {
            if (left) return;
            if (data.type === "join") {
                if (gathering) early.set(data.id, data);
                else join(data);
            } else if (data.type === "leave") {
                early.delete(data.id);
                leave(data.id);
            } else if (data.type === "wake") {
                room.wake(data.id);
            }
        };
        const open = () => {
            gathering = false;
            if (!left) for (const one of early.values()) join(one);
        };
        tell({ type: "lead" });
        // The first one in a browser has nobody to wait for.
        if (position === "") open();
        else world.setTimeout(open, gatherDelay);
    }

    channel.onmessage = ({ data }) => {
        if (left) return;
        if (data.type === "lead") tell({ type: "join", ...own() });
        else if (data.type === "told") take(data);
    };
    hold.held.then(() => {
        if (left) return;
        tell({ type: "join", ...own() });
        world.locks.request(name, { signal: abort.signal }, () => {
            if (left) return undefined;
            lead();
            return new Promise((resolve) => { resign = resolve; });
        }).catch(() => { /* left before it was this page's turn */ });
    });
    return {
        wake: () => (room ? room.wake(id) : tell({ type: "wake", id })),
        leave() {
            left = true;
            if (room) for (const one of [...led]) leave(one);
            else tell({ type: "leave", id });
            abort.abort();
            resign();
            hold.release();
            channel.close();
        },
    };
}

/** Holds a lock of this name for as long as the page lives, so that others hear of its end. */
function holdLock(id, world) {
    let release = () => {};
    if (!world.locks) return { held: Promise.resolve(), release };
    const held = new Promise((resolve) => {
        world.locks.request(id, () => {
            resolve();
            return new Promise((free) => { release = free; });
        }).catch(resolve);
    });
    return { held, release: () => release() };
}

// The shared worker: all tabs of a browser get their events through one stream. It ends with the last of them.

import { browserWorld } from "./event-stream.js";
import { ShareRoom } from "./stream-share.js";

const ports = new Map();            // member's id → its port
const room = ShareRoom((ids, message) => {
    for (const id of ids) ports.get(id)?.postMessage(message);
}, browserWorld());

function leave(id) {
    room.leave(id);
    ports.delete(id);
}

globalThis.onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data }) => {
        if (data.type === "join") {
            const isNew = !ports.has(data.id);
            ports.set(data.id, port);
            room.join(data);
            // A tab holds a lock of its id: when it crashes, the lock is given to us.
            if (isNew) navigator.locks?.request(data.id, () => leave(data.id));
        } else if (data.type === "leave") {
            leave(data.id);
        } else if (data.type === "wake") {
            room.wake(data.id);
        }
    };
    port.postMessage({ type: "hello" });
};

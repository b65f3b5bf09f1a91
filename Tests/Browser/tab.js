// A tab that keeps what its stream told: window.__seen holds `snapshot <id>` and `<event> <id>`.

import { openStream } from "/shared/stream.js";

const query = new URLSearchParams(location.search);
const stream = openStream({ events: query.getAll("events"), key: query.getAll("key") });
window.__stream = stream;
window.__seen = [];
for (const pattern of ["snapshot", "*"]) {
    stream.on(pattern, (envelope) => {
        const name = pattern === "snapshot" ? pattern : envelope.event;
        window.__seen.push(`${name} ${envelope.id}`);
    });
}

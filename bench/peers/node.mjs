// A plain Node server of Server-Sent Events, as one writes it: `node node.mjs PORT REDIS_PORT CHANNEL`. Redis by hand, so that nothing is installed.
import http from "node:http";
import net from "node:net";

const [port, redisPort, channel] = process.argv.slice(2);
const clients = new Set();

const redis = net.connect(Number(redisPort), "127.0.0.1", () => {
    redis.setNoDelay(true);
    redis.write(`*2\r\n$9\r\nSUBSCRIBE\r\n$${channel.length}\r\n${channel}\r\n`);
});
let held = Buffer.alloc(0);
redis.on("data", (data) => {
    held = held.length ? Buffer.concat([held, data]) : data;
    for (;;) {
        const [words, used] = message(held);
        if (!used) return;
        held = held.subarray(used);
        if (words[0]?.toString() !== "message") continue;
        const block = `data: ${words[2]}\n\n`;
        for (const client of clients) client.write(block);
    }
});
redis.on("close", () => process.exit(1));

// The words of the array that `bytes` begins with, and its size; 0 where not all of it is there.
function message(bytes) {
    let at = bytes.indexOf("\r\n") + 2;
    if (at < 2) return [[], 0];
    const words = [];
    for (let left = Number(bytes.subarray(1, at - 2)); left > 0; left--) {
        const end = bytes.indexOf("\r\n", at);
        if (end < 0) return [[], 0];
        if (bytes[at] === 0x3a) {
            at = end + 2;
            continue;
        }
        const size = Number(bytes.subarray(at + 1, end));
        if (bytes.length < end + 2 + size + 2) return [[], 0];
        words.push(bytes.subarray(end + 2, end + 2 + size));
        at = end + 2 + size + 2;
    }
    return [words, at];
}

http.createServer((request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    response.flushHeaders();
    clients.add(response);
    request.on("close", () => clients.delete(response));
}).listen(Number(port), "127.0.0.1", 4096);

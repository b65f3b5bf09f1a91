// Shows an overlay as the builder does: in a frame, told by messages. `?overlay=` is its name with a query.

const frame = document.createElement("iframe");
const framed = {
    ready: null,
    document: () => frame.contentDocument,
    preview: (query) => frame.contentWindow.postMessage({ type: "guildwire:preview", query }, location.origin),
    sample: (kind) => frame.contentWindow.postMessage({ type: "guildwire:sample", kind }, location.origin),
};
window.framed = framed;
window.addEventListener("message", ({ data, source }) => {
    if (source === frame.contentWindow && data.type === "guildwire:ready") framed.ready = data.overlay;
});
frame.width = 800;
frame.height = 500;
frame.src = `/overlays/${new URLSearchParams(location.search).get("overlay")}`;
document.body.append(frame);

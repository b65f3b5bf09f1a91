// A round picture of someone; their initials on a colour of their own until it is there, or when it never comes.

import { make, setText } from "./dom.js";
import { hue, initials } from "./format.js";
import { pictureAddress } from "./picture.js";

const ownSign = "/shared/favicon.svg";     // what stands for no guild; all else is a picture of Discord's

const againAfter = 10_000;           // milliseconds; the server says 5 seconds at least
const againMost = 3;

/** @returns {HTMLElement} to be filled by showAvatar */
export function makeAvatar(className = "avatar") {
    const image = make("img", { alt: "", decoding: "async", referrerpolicy: "no-referrer", draggable: "false" });
    image.hidden = true;
    image.addEventListener("load", () => { image.hidden = false; });
    image.addEventListener("error", () => {
        image.hidden = true;
        tryAgain(image);
    });
    const element = make("span", { class: className, "aria-hidden": "true" });
    element.append(make("span.avatar-initials"), image);
    return element;
}

/** The server answers 503 while Discord is away or many pictures are asked for at once; a 404 comes from the cache. */
function tryAgain(image) {
    const { url, tries = "0" } = image.dataset;
    if (Number(tries) === againMost) return;
    image.dataset.tries = String(Number(tries) + 1);
    setTimeout(() => {
        if (image.isConnected && image.dataset.url === url) image.src = image.src;
    }, againAfter * Number(image.dataset.tries) * (1 + Math.random() / 2));
}

/** @param {{id: string|null, name: string, url: string|null}} who */
export function showAvatar(element, { id, name, url }) {
    const [letters, image] = element.children;
    setText(letters, initials(name));
    element.style.setProperty("--hue", String(hue(id ?? name)));
    if (image.dataset.url === (url ?? "")) return;
    image.dataset.url = url ?? "";
    delete image.dataset.tries;
    image.hidden = true;
    const address = url === ownSign ? ownSign : pictureAddress(url);
    if (address) image.src = address;
    else image.removeAttribute("src");
}

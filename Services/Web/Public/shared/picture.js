// Discord's pictures by our own route, since nothing is loaded from elsewhere: specs/access.md, "Pictures".

const PICTURES = new RegExp("(?:^|/)("
    + "(?:avatars|icons)/[1-9]\\d{0,19}/\\w{1,64}|guilds/[1-9]\\d{0,19}/users/[1-9]\\d{0,19}/avatars/\\w{1,64}"
    + "|embed/avatars/[0-5]|emojis/[1-9]\\d{0,19})\\.(png|webp|gif|jpe?g)$");

/** Pixels of a side that the route takes. */
export const SIZES = Object.freeze([16, 32, 64, 128, 256, 512]);

/**
 * Our own address of a picture of Discord's, whatever the host of `url` is.
 * @param {string|null|undefined} url as events and answers give it
 * @param {number} size pixels that are needed; more than there are gives the largest
 * @returns {string|null} null for anything else: then nothing is loaded
 */
export function pictureAddress(url, size = 128) {
    if (typeof url !== "string" || url === "") return null;
    let address;
    try {
        address = new URL(url, location.href);
    } catch {
        return null;
    }
    if (!["http:", "https:"].includes(address.protocol)) return null;
    const found = PICTURES.exec(address.pathname);
    if (!found) return null;
    return `/pictures/${found[1]}.${found[2]}?size=${SIZES.find((one) => one >= size) ?? SIZES.at(-1)}`;
}

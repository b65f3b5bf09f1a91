// A browser's own description of itself, in a few words. Nothing depends on it but what a person reads.

// The order counts: most browsers name others too.
const browsers = [[/\bEdgA?\//, "Edge"], [/\bOPR\//, "Opera"], [/\bVivaldi\//, "Vivaldi"],
    [/\bSamsungBrowser\//, "Samsung Internet"],
    [/\bFirefox\/|\bFxiOS\//, "Firefox"], [/\bHeadlessChrome\/|\bCriOS\/|\bChrome\/|\bChromium\//, "Chrome"],
    [/\bVersion\/[\d.]+.*\bSafari\//, "Safari"]];
const systems = [[/\biPhone\b/, "iPhone", "phone"], [/\biPad\b/, "iPad", "phone"], [/\bAndroid\b/, "Android", "phone"],
    [/\bWindows\b/, "Windows", "screen"], [/\bCrOS\b/, "ChromeOS", "screen"],
        [/\bMac OS X\b|\bMacintosh\b/, "macOS", "screen"],
    [/\bLinux\b|\bX11\b/, "Linux", "screen"]];

/**
 * @param {string|null} agent  the User-Agent header of the login
 * @returns {{words: string, picture: "screen"|"phone"|"program"}}
 */
export function describeAgent(agent) {
    const text = (agent ?? "").trim();
    if (text === "") return { words: "Unknown browser", picture: "program" };
    const browser = browsers.find(([pattern]) => pattern.test(text))?.[1];
    const system = systems.find(([pattern]) => pattern.test(text));
    if (!browser && !system) return { words: text.slice(0, 60), picture: "program" };
    const words = [browser ?? "A browser", system?.[1]].filter(Boolean).join(" on ");
    return { words, picture: system?.[2] ?? "screen" };
}

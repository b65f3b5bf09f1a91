// All overlays and their options, for who makes addresses of them.

import { options as feed } from "/overlays/feed/options.js";
import { options as milestones } from "/overlays/milestones/options.js";
import { options as scene } from "/overlays/scene/options.js";
import { options as stat } from "/overlays/stat/options.js";
import { options as voice } from "/overlays/voice/options.js";

/** @type {readonly {name: string, label: string, about: string, size: string, options: readonly object[]}[]} */
export const overlays = Object.freeze([
    { name: "voice", label: "Voice", about: "Who is in voice", size: "400 × 800", options: voice },
    { name: "feed", label: "Feed", about: "Messages, joins and milestones", size: "480 × 800", options: feed },
    { name: "stat", label: "Number", about: "One number, with a goal", size: "400 × 160", options: stat },
    { name: "milestones", label: "Milestones", about: "The way to the next one, and a celebration", size: "600 × 400",
        options: milestones },
    { name: "scene", label: "Scene", about: "Several of these on one page", size: "1920 × 1080", options: scene },
]);

/** The parts of a scene have options of their own: the overlay's without where the picture comes from. */
export function partOptions(overlay) {
    const table = overlays.find(({ name }) => name === overlay)?.options ?? [];
    return table.filter(({ group }) => group !== "source");
}

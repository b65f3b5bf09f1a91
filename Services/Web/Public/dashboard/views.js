// The views of the dashboard, in the order of their tabs. A view is a folder; it is loaded when it is first shown.
//
// Its module exports `styles` (addresses of style sheets) and `mount(el, context)`, which fills `el` and gives
//   update()      something of the community, the viewer or the stream has changed; at most twenty times a second
//   tick(now)     a second has passed
//   queryChanged() the view's parameters in the address are others than it set (back, forward, a link)
// each of them may be left out. A view that was shown once stays, hidden, and is updated when it is shown again.

/**
 * `needs`: who may not manage the guild does not get to it; `always`: its tab is there before there is a guild, where
 * `isOwn` views show themselves and others the first run.
 * @typedef {{id: string, label: string, icon: string, needs?: "manage", always?: boolean, isOwn?: boolean,
 *   load: () => Promise<object>}} View
 */

/** @type {View[]} */
export const views = [
    { id: "live", label: "Live", icon: "activity", always: true, load: () => import("./live/live.js") },
    { id: "activity", label: "Activity", icon: "chart", load: () => import("./activity/activity.js") },
    { id: "overlays", label: "Overlays", icon: "screen", load: () => import("./overlays/overlays.js") },
    { id: "system", label: "System", icon: "pulse", always: true, isOwn: true,
        load: () => import("./system/system.js") },
    { id: "settings", label: "Settings", icon: "settings", needs: "manage",
        load: () => import("./settings/settings.js") },
];

/** In their place while there is no guild to show. @type {View} */
export const firstRun = { id: "first-run", label: "Getting started", icon: "plus",
    load: () => import("./first-run/first-run.js") };

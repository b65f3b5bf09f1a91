// The way of an event as a picture: Discord, gateway, log, web, this browser, and how long each part takes.

import { icon, make, setText } from "/shared/dom.js";
import { span, words } from "./figures.js";

const pictures = { discord: "messages", gateway: "program", log: "list", web: "stream", browser: "screen" };
const pulseEvery = 700;               // milliseconds; more events than that make no more light

export function Way() {
    const stations = new Map();
    const hops = new Map();
    const list = make("ol.way-line");
    const whole = make("p.way-whole");
    const el = make("section.way.card", { "aria-labelledby": "way-title" },
        make("header.way-head", {}, make("h3.part-title", { id: "way-title" }, "The way of an event"), whole), list);
    let pulsedAt = 0;

    function build(way) {
        way.stations.forEach(({ id, label }, index) => {
            const state = make("span.station-state");
            const station = make("div.station", { "data-station": id }, make("span.station-sign", {},
                icon(pictures[id])), make("strong.station-name", {}, label), state);
            stations.set(id, { el: station, state });
            const item = make("li.way-stop", {}, station);
            const hop = way.hops[index];
            if (hop) {
                const value = make("strong.hop-value");
                const most = make("span.hop-most");
                item.append(make("div.hop", { "data-hop": hop.id }, make("span.hop-line", { "aria-hidden": "true" }),
                    make("span.hop-words", {}, value, make("span.hop-label", {}, hop.label), most)));
                hops.set(hop.id, { value, most });
            }
            list.append(item);
        });
    }

    return {
        el,
        /** @param {ReturnType<typeof import("./figures.js").way>} way */
        show(way) {
            if (stations.size === 0) build(way);
            for (const { id, state } of way.stations) {
                const station = stations.get(id);
                station.el.dataset.state = state;
                setText(station.state, words[state] ?? words.unknown);
            }
            for (const { id, value, most } of way.hops) {
                setText(hops.get(id).value, span(value));
                setText(hops.get(id).most, most === null ? "" : `19 of 20 in ${span(most)}`);
            }
            setText(whole, way.whole === null ? "The whole way is measured as events come in."
                : `${span(way.whole)} from the gateway's hearing of an event to this page, the last few's median.`);
        },

        /** An event has come: a light goes along the way. */
        pulse(now) {
            if (now - pulsedAt < pulseEvery) return;
            pulsedAt = now;
            list.classList.remove("has-pulse");
            void list.offsetWidth;                    // so that the animation begins again
            list.classList.add("has-pulse");
        },
    };
}

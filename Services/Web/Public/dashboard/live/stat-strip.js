// How many members, how many of them online, how many in voice, each with its last ten minutes; and the pulse: events
// of the last two minutes.

import { make, setText } from "/shared/dom.js";
import { number } from "/shared/format.js";
import { Series, Sparkline } from "./series.js";

const levelSlots = 61;
const levelLength = 10_000;           // milliseconds
const pulseSlots = 61;                // the newest is not drawn, since it is not over
const pulseLength = 2_000;

const tiles = [["members", "Members"], ["online", "Online"], ["voice", "In voice"]];

/** @param {HTMLElement} el */
export function StatStrip(el) {
    const levels = tiles.map(([name, label]) => {
        const value = make("span.stat-value", {}, "–");
        const change = make("span.stat-change");
        const spark = Sparkline(levelSlots);
        el.append(make("div.card.stat", { "data-stat": name },
            make("span.stat-label", {}, label), make("span.stat-line", {}, value, change), spark.el));
        return { name, value, change, spark, series: Series(levelSlots, levelLength) };
    });
    const rate = make("span.stat-value", {}, "0");
    const drawing = Sparkline(pulseSlots - 1);
    const pulse = Series(pulseSlots, pulseLength);
    el.append(make("div.card.stat.stat-pulse", { "data-stat": "pulse" },
        make("span.stat-label", {}, "Events per minute"), rate, drawing.el));
    let guildId = null;
    let began = 0;                        // when the series began, for the words about a change

    return {
        /** @param {import("/shared/guild.js").Guild} guild */
        showCounts(guild, now) {
            if (guild.id !== guildId) {
                guildId = guild.id;
                began = now;
                pulse.clear();
                for (const { series } of levels) series.clear();
            }
            for (const { name, value, series } of levels) {
                const count = guild.counts[name] ?? 0;
                setText(value, number(count));
                series.set(count, now);
            }
        },

        /** One event has come. */
        beat(now) { pulse.add(now); },

        /** Draws what has passed; call about once a second. */
        tick(now) {
            pulse.add(now, 0);
            for (const { series, spark, change } of levels) {
                if (series.values.length === 0) continue;
                series.set(series.values.at(-1), now);
                spark.show(series.values, Math.max(4, series.values[0] / 50));
                showChange(change, series.values, now - began);
            }
            const whole = pulse.values.slice(0, -1);
            setText(rate, number(pulse.values.slice(-60_000 / pulseLength).reduce((sum, count) => sum + count, 0)));
            drawing.show(smooth([...new Array(pulseSlots - 1 - whole.length).fill(0), ...whole]), 4, 0);
        },
    };
}

function showChange(element, values, passed) {
    const change = values.at(-1) - values[0];
    const minutes = Math.max(1, Math.min(10, Math.round(passed / 60_000)));
    setText(element, change === 0 ? "" : `${change > 0 ? "+" : "−"}${number(Math.abs(change))}`);
    element.title = change === 0 ? "" : `in the last ${minutes === 1 ? "minute" : `${minutes} minutes`}`;
    element.dataset.tone = change > 0 ? "good" : "quiet";
}

function smooth(values) {
    const near = (at, count) => values[at] ?? count;
    return values.map((count, at) => (count * 2 + near(at - 1, count) + near(at + 1, count)) / 4);
}

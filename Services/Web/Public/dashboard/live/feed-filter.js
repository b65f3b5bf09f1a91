// What of the feed is shown: the channels that were chosen and the words that are looked for, both in the address
// (`channel=ID,ID` and `q=…`). The search itself is loaded when there is something to look for.

const wait = 180;                         // milliseconds after the last key until the search is done
const everything = { matches: () => true, mark: (text) => [{ text, isHit: false }] };

/**
 * @param {import("../context.js").Context["query"]} query
 * @param {() => void} changed  another filter holds
 */
export function FeedFilter(query, changed) {
    let channels = new Set();
    let text = "";
    let { matches, mark } = everything;
    let timer = 0;

    async function build() {
        if (channels.size === 0 && text === "") ({ matches, mark } = everything);
        else {
            const asked = [text, channels];
            const { matcher, parse, pieces } = await import("./feed-search.js");
            if (asked[0] !== text || asked[1] !== channels) return;      // another one was asked for meanwhile
            const parsed = parse(text);
            matches = matcher(parsed, channels);
            mark = (words) => pieces(words, parsed.words);
        }
        changed();
    }

    function read() {
        text = query.get("q") ?? "";
        channels = new Set(query.getAll("channel").flatMap((ids) => ids.split(",")).filter(Boolean));
        return build();
    }

    return {
        get channels() { return channels; },
        get text() { return text; },
        get isOn() { return channels.size > 0 || text !== ""; },
        matches: (message) => matches(message),
        mark: (words) => mark(words),
        read,

        setChannels(ids) {
            channels = new Set(ids);
            query.set("channel", [...channels].join(","));
            return build();
        },

        /** Waits until the typing rests. */
        setText(next) {
            clearTimeout(timer);
            timer = setTimeout(() => {
                if (next === text) return;
                text = next;
                query.set("q", text);
                build();
            }, wait);
        },

        clear() {
            clearTimeout(timer);
            text = "";
            channels = new Set();
            query.set("q", null);
            query.set("channel", null);
            return build();
        },
    };
}

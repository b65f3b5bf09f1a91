// The messages of one guild that the feed holds, oldest first, and those that wait while it is paused.
// Both are bounded; what is deleted or may no longer be seen goes at once, paused or not.

import { changed, goneWith, messageFrom } from "/shared/guild.js";

export const FEED_MAX = 5_000;

/**
 * @typedef {import("/shared/guild.js").Message & {number: number}} FeedMessage
 *   `number`: rises with each message that is seen coming; 0 for those of a snapshot
 */

export function FeedStore(most = FEED_MAX) {
    /** @type {FeedMessage[]} */
    let messages = [];
    let waiting = [];
    let missed = 0;                       // messages that waited, but longer than there was room for
    let paused = false;
    let number = 0;
    let version = 0;                      // another one whenever `messages` is other than before

    function change(list, make) {
        const next = make(list);
        if (next.length === list.length && next.every((message, at) => message === list[at])) return list;
        version += 1;
        return next;
    }

    function both(make) {
        messages = change(messages, make);
        waiting = change(waiting, make);
    }

    function add(message) {
        if (messages.some(({ messageId }) => messageId === message.messageId)) return;
        const list = paused ? waiting : messages;
        list.push(message);
        if (list.length > most) {
            list.splice(0, list.length - most);
            if (paused) missed += 1;
        }
        version += 1;
    }

    function edit(envelope) {
        const { messageId } = envelope.payload;
        for (const list of [messages, waiting]) {
            const at = list.findLastIndex((message) => message.messageId === messageId);
            if (at < 0) continue;
            const next = changed(list[at], envelope);
            if (next === list[at]) continue;
            list[at] = next;
            version += 1;
        }
    }

    return {
        get messages() { return messages; },
        get version() { return version; },
        get newest() { return number; },
        get isPaused() { return paused; },
        /** How many wait: those that match, and the ones that there was no room for. */
        waiting: (matches = () => true) => missed + waiting.filter(matches).length,

        /** Begins anew with what is known of a guild. @param {import("/shared/guild.js").Guild|undefined} guild */
        begin(guild) {
            messages = (guild?.messages ?? []).slice(-most).map((message) => ({ ...message, number: 0 }));
            waiting = [];
            missed = 0;
            version += 1;
        },

        /**
         * An event of this guild.
         * @param {import("/shared/stream.js").Envelope} envelope
         * @param {import("/shared/guild.js").Channel[]} channels  as they were before it, for a channel's threads
         */
        receive(envelope, channels) {
            const { event, payload } = envelope;
            switch (event) {
            case "message.created":
                add({ ...messageFrom(payload, envelope.ts, true), number: number += 1 });
                break;
            case "message.deleted":
                both((list) => list.filter(({ messageId }) => messageId !== payload.messageId));
                break;
            case "channel.deleted": {
                const gone = goneWith(channels, payload.channelId);
                both((list) => list.filter(({ channelId }) => !gone.has(channelId)));
                break;
            }
            case "channel.updated":
                both((list) => list.map((message) => (message.channelId === payload.channelId
                    && message.channelName !== payload.name ? { ...message, channelName: payload.name } : message)));
                break;
            default:
                if (payload?.messageId) edit(envelope);
            }
        },

        pause() { paused = true; },

        resume() {
            paused = false;
            messages = [...messages, ...waiting].slice(-most);
            waiting = [];
            missed = 0;
            version += 1;
        },
    };
}

import { channelsToPick } from "/dashboard/overlays/channel-field.js";
import { bytesOf, draftFrom, newPartName, partTable, partValues, queryOf, sameDraft, showsEveryChannel, withPartValue, withPlaces,
    withValue } from "/dashboard/overlays/draft.js";
import { eventsFor, keyFrom, masked, overlayAddress, samplesFor, sizeFrom } from "/dashboard/overlays/overlay-address.js";
import { piecesOf } from "/dashboard/overlays/option-words.js";
import { freePlace, moved, resized, snapped } from "/dashboard/overlays/scene-geometry.js";
import { overlay as feed } from "/overlays/feed/feed.js";
import { overlay as milestones } from "/overlays/milestones/milestones.js";
import { placesOf, placeText } from "/overlays/scene/places.js";
import { overlay as stat } from "/overlays/stat/stat.js";
import { overlay as voice } from "/overlays/voice/voice.js";
import { usualValues } from "/shared/overlay-options.js";
import { equal, test, truth } from "/tests/unit.js";

const place = (left, top, width, height, name = "voice") => ({ name, overlay: name, left, top, width, height });

test("builder: only what differs from the usual is written, and never where the picture comes from", () => {
    const draft = draftFrom("voice", "scale=2&guild=101&key=gwk1.a.b&preset=x&sample=1&layout=list&nonsense=1");
    equal(queryOf(draft), "scale=2");
    equal(queryOf(withValue(draft, "scale", 1)), "");
    truth(sameDraft(draft, draftFrom("voice", "?scale=2")), "the same by another address");
});

test("builder: a scene's parts say what they alone say, and what is written is read again", () => {
    const text = "arrangement=sidebar&style=glass&voice.max=5&stat.style=plate&feed.show=&chat.max=2&voice.guild=1";
    const draft = draftFrom("scene", text);
    equal(queryOf(draft), "arrangement=sidebar&style=glass&voice.max=5&stat.style=plate&feed.show=");
    equal(draftFrom("scene", queryOf(draft)), draft);
    equal(queryOf(draftFrom("scene", "place=voice:0,0,30,30&stat-2.goal=9")), "place=voice:0,0,30,30", "a part that is not there");
});

test("builder: a part takes the scene's look and its place's manners, and what is usual for it is left out", () => {
    let draft = draftFrom("scene", "style=neon");
    equal([partValues(draft, "feed").style, partValues(draft, "feed").align, partValues(draft, "feed").valign], ["neon", "right", "bottom"]);
    draft = withPartValue(draft, "feed", "style", "plate");
    equal(queryOf(draft), "style=neon&feed.style=plate");
    draft = withPartValue(draft, "feed", "align", "left");
    draft = withPartValue(draft, "feed", "style", "neon");
    equal(queryOf(draft), "style=neon&feed.align=left");
    equal(partTable(draft, "feed").find(({ name }) => name === "align").usual, "right");
});

test("builder: parts placed by hand keep what their arrangement made of them", () => {
    const draft = draftFrom("scene", "arrangement=strip");
    const byHand = withPlaces(draft, placesOf(draft.values));
    equal(partValues(byHand, "voice").layout, partValues(draft, "voice").layout);
    equal(partValues(byHand, "voice").layout, "row");
    const again = draftFrom("scene", queryOf(byHand));
    equal([partValues(again, "voice").layout, partValues(again, "voice").hide], ["row", ["titles"]]);
    equal(newPartName("stat", placesOf(draft.values)), "stat-2");
});

test("builder: a part is moved and resized within the page, to a tenth of a percent", () => {
    equal(placeText(moved(place(1, 2, 30, 40), 0.15, -9)), "voice:1.2,0,30,40");
    equal(placeText(moved(place(60, 50, 30, 40), 99, 99)), "voice:70,60,30,40");
    equal(placeText(resized(place(60, 50, 30, 40), "se", 99, -99)), "voice:60,50,40,5");
    equal(placeText(resized(place(60, 50, 30, 40), "nw", -99, 99)), "voice:0,85,90,5");
});

test("builder: edges and middles snap to those of others and of the page", () => {
    equal(snapped(place(0.6, 30, 20, 10), []).lines, { across: 0, down: null });
    equal(placeText(snapped(place(40.3, 30, 20, 10), []).place), "voice:40,30,20,10");
    const beside = snapped(place(30.5, 70, 10, 10), [place(10, 10, 20, 20, "feed")]);
    equal([placeText(beside.place), beside.lines.across], ["voice:30,70,10,10", 30]);
    const one = freePlace("stat", "stat", []);
    truth(freePlace("stat-2", "stat", [one]).left !== one.left, "a new part lies on another");
});

test("builder: it is known whether an overlay shows every channel, private ones too", () => {
    const shows = (overlay, query) => showsEveryChannel(draftFrom(overlay, query));
    equal([["voice", ""], ["feed", "limit=2"], ["scene", ""], ["scene", "place=stat:0,0,20,20"], ["stat", ""], ["voice", "channel=1"],
        ["feed", "show=joins"], ["scene", "place=feed:0,0,20,20&feed.channel=1"], ["scene", "place=feed:0,0,20,20&feed.channel="]].map((one) => shows(...one)),
    [true, true, true, false, false, false, false, false, true]);
});

test("builder: a key made for an overlay covers all that it asks for, and messages only for the feed", () => {
    const covers = (patterns, kind) => patterns.some((one) => one === kind || (one.endsWith("*") && kind.startsWith(one.slice(0, -1))));
    for (const overlay of [voice, feed, stat, milestones]) {
        const values = usualValues(overlay.options);
        const ways = overlay.name === "stat" ? ["members", "online", "voice"].map((one) => ({ ...values, stat: one })) : [values];
        for (const way of ways) {
            for (const kind of overlay.events(way, new URLSearchParams())) {
                truth(covers(eventsFor([overlay.name]), kind), `${overlay.name} asks for ${kind}`);
            }
        }
        equal(covers(eventsFor([overlay.name]), "message.created"), overlay.name === "feed", overlay.name);
        truth(covers(eventsFor([overlay.name]), "overlay.tested"), "a test event comes");
        truth(eventsFor([overlay.name]).length <= 20, "more kinds than a key takes");
    }
    equal(samplesFor(["voice", "milestones"]), ["member", "milestone", "voice"]);
});

test("builder: addresses hold the key and can be shown without it", () => {
    const address = overlayAddress({ overlay: "feed", guild: "101", query: "limit=3", key: "gwk1.a.b" }, "https://live.example");
    equal(address, "https://live.example/overlays/feed?guild=101&limit=3&key=gwk1.a.b");
    truth(!masked(address).includes("gwk1") && masked(address).startsWith("https://live.example/overlays/feed?guild=101&limit=3&key="),
        masked(address));
    equal(overlayAddress({ overlay: "voice", guild: "1", query: "", preset: "abc" }, ""), "/overlays/voice?guild=1&preset=abc");
});

test("builder: a pasted key is looked at before it is used", () => {
    const key = (facts) => `gwk1.${btoa(JSON.stringify({ k: "overlay", g: "101", e: 2000, ...facts })).replaceAll("=", "")}.mac`;
    const judge = (text) => keyFrom(text, { guild: "101", now: 1_000_000 });
    equal(judge(`https://x/overlays/feed?guild=101&key=${key({})}&limit=2`), { key: key({}), problem: null });
    for (const text of [key({ g: "102" }), key({ e: 1 }), key({ k: "api" }), "gwk1.%%%.x", "gwk1.e30x.y", "nonsense"]) {
        const { key: found, problem } = judge(text);
        truth(found === null && problem, text);
    }
    equal(judge("  "), { key: null, problem: null });
});

test("builder: sizes stay within what a browser source takes", () => {
    equal(["480 × 800", "1x99999", "0x0", "", null].map(sizeFrom), [{ width: 480, height: 800 }, { width: 50, height: 4096 }, null, null, null]);
    equal(bytesOf("ä€"), 5);
    equal(piecesOf("`a`: b `c`"), [["a", true], [": b ", false], ["c", true]]);
});

test("builder: channels are offered by kind in Discord's order", () => {
    const channel = (id, type, position, parentId = null) => ({ id, name: `c${id}`, type, position, parentId });
    const all = [channel("1", 4, 1), channel("2", 2, 0, "1"), channel("3", 0, 1, "1"), channel("4", 0, 5), channel("5", 13, 0), channel("6", 15, 0)];
    equal(channelsToPick(all, "voice-channel").map(({ id }) => id), ["5", "2"]);
    equal(channelsToPick(all, "text-channel").map(({ id }) => id), ["4", "5", "3", "2"]);
});

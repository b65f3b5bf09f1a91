import { colourOf, readOptions, usualValues, writeOptions } from "/shared/overlay-options.js";
import { overlays, partOptions } from "/shared/overlay-tables.js";
import { optionGroups } from "/shared/overlay-options.js";
import { options as feed } from "/overlays/feed/options.js";
import { options as voice } from "/overlays/voice/options.js";
import { mannersOf, placeFrom, placeText, placesOf } from "/overlays/scene/places.js";
import { equal, test, truth } from "/tests/unit.js";

const read = (table, query) => readOptions(table, new URLSearchParams(query));
const parts = (query, ...names) => names.map((name) => read(voice, query)[name]);

test("options: what is missing or nonsense has its usual value, and numbers stay within their bounds", () => {
    for (const query of ["", "scale=x&max=&align=up&layout=heap&text=red&guild=me&font=%3B&time=maybe", "scale=NaN&max=many&guild=0"]) {
        equal(read(voice, query), usualValues(voice), query);
    }
    equal(parts("scale=99&max=2.9", "scale", "max"), [4, 2]);
    equal(parts("scale=0.1&max=-3", "scale", "max"), [0.5, 1]);
});

test("options: lists may be repeated or comma-separated, under each of their names", () => {
    equal(read(voice, "channel=1&channel=2,3&channels=4,x,,3").channel, ["1", "2", "3", "4"]);
    equal(read(feed, "words=ab, cd&words=ef").words, ["ab", "cd", "ef"]);
    equal(read(feed, "show=").show, []);
    equal(read(voice, `channel=${Array.from({ length: 300 }, (_, at) => at + 1)}`).channel.length, 100);
});

test("options: colours and fonts are what they say, and nothing that could become style", () => {
    equal(["fc0", "#FFCC00", "ffcc0080", "fc08", "red", "#12345", "1;2"].map(colourOf),
        ["#ffcc00", "#ffcc00", "#ffcc0080", "#ffcc0088", undefined, undefined, undefined]);
    equal(read(voice, "font=Comic+Sans+MS,'Nunito',url(x),a;b").font, "Comic Sans MS, Nunito");
    equal(read(voice, "font=serif%7Bx%7D").font, null);
});

test("options: what is written is read again, without what is usual", () => {
    equal(writeOptions(voice, usualValues(voice)), "");
    const values = { ...usualValues(voice), scale: 1.5, channel: ["1", "2"], time: true, text: "#ffcc00", font: "Noto Sans", hide: ["names"] };
    const query = writeOptions(voice, values);
    equal(query, "channel=1,2&hide=names&time=1&scale=1.5&font=Noto+Sans&text=ffcc00");
    equal(read(voice, query), values);
    const odd = { ...usualValues(feed), words: ["a&b=c", "50%", "ä+"], show: [] };
    equal(read(feed, writeOptions(feed, odd)), odd);
});

test("options: each is whole and told apart, and its usual value is one that it takes", () => {
    for (const { name, options } of overlays) {
        equal(new Set(options.flatMap((one) => [one.name, ...(one.also ?? [])])).size,
            options.length + options.flatMap((one) => one.also ?? []).length, name);
        for (const option of options) {
            truth(option.label && option.about && option.group in optionGroups, `${name}.${option.name} says too little`);
            if (option.usual === null) continue;
            const written = writeOptions([{ ...option, usual: undefined }], { [option.name]: option.usual });
            equal(readOptions([{ ...option, usual: "other" }], new URLSearchParams(written))[option.name], option.usual, `${name}.${option.name}`);
        }
    }
    truth(partOptions("voice").every(({ name }) => !["guild", "key", "preset", "sample"].includes(name)), "a part has no source of its own");
});

test("scene: places are read within the page, nonsense is passed over", () => {
    equal(placeText(placeFrom("voice:-5,200,900,1")), "voice:0,95,100,5");
    equal(["voice", "voice:1,2,3", "voice:a,2,3,4", "chat:1,2,3,4", "stat-2-x:1,2,3,4", "voice:1,,3,4"].map(placeFrom), Array(6).fill(null));
    equal(placesOf({ place: ["stat:1,2,30,40", "stat-2:50,50,20,20", "stat:9,9,9,9", "?"], arrangement: "corners" }).map(placeText),
        ["stat:1,2,30,40", "stat-2:50,50,20,20"]);
    equal(placesOf({ place: ["?"], arrangement: "corners" }).map(({ name }) => name), ["voice", "stat", "milestones", "feed"]);
});

test("scene: parts lean to the edge that they are next to", () => {
    const manner = (text) => { const { align, valign } = mannersOf(placeFrom(text), "corners"); return [align, valign]; };
    equal(["voice:0,0,30,30", "voice:70,70,30,30", "voice:30,30,40,40"].map(manner), [["left", "top"], ["right", "bottom"], ["center", "middle"]]);
});

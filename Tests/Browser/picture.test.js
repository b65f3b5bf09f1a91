import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { pictureAddress } from "/shared/picture.js";
import { equal, test, truth } from "/tests/unit.js";

test("Discord's pictures are asked of our own route, whatever their host is", () => {
    const paths = [
        "avatars/80351110224678912/a_1269e74af4df7417b13759eae50c83dc.png", "icons/1/AB_9.webp",
        "guilds/1/users/2/avatars/ab.gif", "embed/avatars/5.png", "emojis/41771983429993937.jpg",
    ];
    for (const path of paths) {
        for (const base of ["https://cdn.discordapp.com/", "http://127.0.0.1:9000/cdn/", "/", "/pictures/", ""]) {
            equal(pictureAddress(base + path), `/pictures/${path}?size=128`, base);
        }
    }
    equal(pictureAddress(`https://cdn.discordapp.com/${paths[0]}?size=1024#x`), `/pictures/${paths[0]}?size=128`);
});

test("a picture has the next size that there is", () => {
    const sizes = [1, 16, 17, 96, 500, 512, 4096].map((size) => pictureAddress("/embed/avatars/0.png", size).split("=")[1]);
    equal(sizes, ["16", "16", "32", "128", "512", "512", "512"]);
});

test("nothing else is loaded", () => {
    const bad = [
        null, undefined, "", 5, {}, "x", "javascript:alert(1)", "data:image/png;base64,AAAA", "https://", "blob:https://a/avatars/1/a.png",
        "https://cdn.discordapp.com/attachments/1/2/a.png", "/avatars/1/a.svg", "/avatars/1/..%2fa.png", "/avatars/0/a.png",
        "/avatars/1/a b.png", "/embed/avatars/6.png", "/avatars/1/a.png/x", "/xavatars/1/a.png", "/avatars/1/2/a.png",
        `/avatars/1/${"a".repeat(65)}.png`, "/guilds/1/users/2/banners/a.png",
    ];
    for (const url of bad) equal(pictureAddress(url), null, String(url));
});

test("a picture that did not come is asked for again, three times, while it is wanted", () => {
    const real = window.setTimeout;
    const due = [];
    const asked = [];
    const avatar = makeAvatar();
    const image = avatar.querySelector("img");
    Object.defineProperty(image, "src", { get: () => asked.at(-1), set: (address) => { asked.push(address); } });
    window.setTimeout = (body, delay) => due.push({ body, delay });
    const fail = () => {
        image.dispatchEvent(new Event("error"));
        const [one] = due.splice(0);
        one?.body();
        return one?.delay ?? null;
    };
    try {
        document.body.append(avatar);
        showAvatar(avatar, { id: "1", name: "Ada", url: "/avatars/1/a.png" });
        const delays = [fail(), fail(), fail(), fail()];
        truth(delays[0] >= 10_000 && delays[1] >= 20_000 && delays[2] >= 30_000 && delays[3] === null, String(delays));
        equal(asked, Array(4).fill("/pictures/avatars/1/a.png?size=128"));
        showAvatar(avatar, { id: "1", name: "Ada", url: "/avatars/1/b.png" });
        image.dispatchEvent(new Event("error"));
        showAvatar(avatar, { id: "1", name: "Ada", url: "/avatars/1/c.png" });
        due.splice(0)[0].body();
        equal(asked.slice(4).map((one) => one.split("/").at(-1)[0]), ["b", "c"], "not the one of before");
        image.dispatchEvent(new Event("error"));
        avatar.remove();
        due.splice(0)[0].body();
        equal(asked.length, 6, "not when it is gone");
    } finally {
        window.setTimeout = real;
        avatar.remove();
    }
});

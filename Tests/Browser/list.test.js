import { reconcile } from "/shared/list.js";
import { equal, test, truth } from "/tests/unit.js";

function listOf() {
    const container = document.createElement("ul");
    document.body.append(container);
    const show = (keys, animate = false) => reconcile(container, keys.map((key) => ({ key })), {
        key: (item) => item.key,
        create: (item) => Object.assign(document.createElement("li"), { id: item.key }),
        update: (element, item) => { element.textContent = item.key; },
        animate,
    });
    const keys = () => [...container.children].filter((one) => !one.classList.contains("is-leaving")).map((one) => one.id);
    return { container, show, keys };
}

test("the children are those of the list, in its order, whatever was there before", () => {
    const { show, keys } = listOf();
    for (const want of ["abc", "cab", "bd", "", "dcba", "axbycz", "zzz".slice(2), "abcdefgh", "hgfedcba", "bdfh"]) {
        show([...want]);
        equal(keys().join(""), want);
    }
});

test("elements are kept", () => {
    const { container, show } = listOf();
    show(["a", "b", "c"]);
    const b = container.children[1];
    show(["x", "b"]);
    truth(container.children[1] === b, "b was made anew");
});

test("an unchanged item is not updated", () => {
    const container = document.createElement("ul");
    const item = { key: "a" };
    let updates = 0;
    const how = { key: (one) => one.key, create: () => document.createElement("li"), update: () => { updates += 1; }, animate: false };
    reconcile(container, [item], how);
    reconcile(container, [item], how);
    reconcile(container, [{ ...item }], how);
    equal(updates, 2);
});

test("what leaves and comes back at once is there once, and order holds beside the leaving", () => {
    const { show, keys } = listOf();
    show(["a", "b", "c"], true);
    show(["a", "c"], true);
    show(["a", "b", "c"], true);
    equal(keys(), ["a", "b", "c"]);
});

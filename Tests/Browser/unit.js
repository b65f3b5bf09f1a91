// What a *.test.js file needs.

export const tests = [];

export function test(name, body) {
    tests.push({ name, body });
}

export function equal(actual, expected, what = "") {
    const [a, b] = [actual, expected].map((value) => JSON.stringify(value));
    if (a !== b) throw new Error(`${what} expected ${b}, got ${a}`.trim());
}

export function truth(value, what) {
    if (!value) throw new Error(what);
}

export function throws(body, what) {
    let threw = false;
    try { body(); } catch { threw = true; }
    truth(threw, `${what} should have thrown`);
}

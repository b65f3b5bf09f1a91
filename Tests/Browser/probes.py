"""Scripts that look at a page, used by several tests."""

END_DISTANCE = """const body = document.querySelector('#messages .panel-body');
    return body.scrollHeight - body.clientHeight - body.scrollTop"""
FIRST_VISIBLE = """const top = document.querySelector('#messages .panel-body').getBoundingClientRect().top;
    for (const one of document.querySelectorAll('.message')) {
        const box = one.getBoundingClientRect();
        if (box.bottom > top) return [one.dataset.messageId, box.top];
    }"""
LOW_CONTRAST = """
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const parse = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (one) => { for (let e = one; e; e = e.parentElement) {
        const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
    const found = [];
    for (const one of document.querySelectorAll('body *')) {
        const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!own || !one.checkVisibility({ opacityProperty: true }) || one.closest('.visually-hidden, select, noscript, .avatar')) continue;
        const [a, b] = [light(parse(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) found.push(`${one.className || one.tagName} ${ratio.toFixed(2)}`);
    }
    return [...new Set(found)]"""

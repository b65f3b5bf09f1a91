// Confetti on a canvas: two bursts from below, then a thinner rain. The movement is pure; drawing it is a loop of
// frames that ends by itself.

const burst = 90;                   // pieces of each of the two
const rain = 70;
const piecesMax = 2 * burst + rain;
const gravity = 900;                // pixels per second², on a page 1,080 high
const drag = 0.9;                   // of the speed, per second
const frameMax = 0.05;              // seconds: a page that was asleep does not jump

/**
 * @typedef {object} Piece  @property {number} x @property {number} y @property {number} vx @property {number} vy
 * @property {number} turn @property {number} spin @property {number} size @property {number} colour @property {number}
 *   wait  seconds until it is thrown
 */

/** All pieces of a celebration. @param {() => number} random @returns {Piece[]} */
export function makePieces(width, height, seconds, colours, random = Math.random) {
    const unit = Math.max(0.65, height / 1080);
    const piece = (more) => ({ turn: random() * 6.3, spin: (random() - 0.5) * 14, size: (7 + random() * 8) * unit,
        colour: Math.floor(random() * colours), ...more });
    const thrown = [-1, 1].flatMap((side) => Array.from({ length: burst }, () => piece({
        x: side < 0 ? -10 : width + 10, y: height * (0.75 + random() * 0.25),
        vx: -side * width * (0.25 + random() * 0.62), vy: -height * (0.75 + random() * 0.65), wait: random() * 0.35,
    })));
    const falling = Array.from({ length: rain }, () => piece({
        x: random() * width, y: -20, vx: (random() - 0.5) * 90 * unit, vy: (60 + random() * 120) * unit,
        wait: 0.6 + random() * Math.max(0.5, seconds - 3),
    }));
    return [...thrown, ...falling].slice(0, piecesMax);
}

/** Moves a piece on. @returns {boolean} whether it is still to be seen, or waits */
export function movePiece(piece, seconds, height) {
    if (piece.wait > 0) {
        piece.wait -= seconds;
        return true;
    }
    const slowed = drag ** (seconds * 8);
    piece.vx *= slowed;
    piece.vy = Math.min(piece.vy * slowed + gravity * (height / 1080) * seconds, height * 0.34);
    piece.x += piece.vx * seconds;
    piece.y += piece.vy * seconds;
    piece.turn += piece.spin * seconds;
    return piece.y < height + 40;
}

/**
 * @param {HTMLCanvasElement} canvas  removed at the end
 * @param {{seconds: number, colours: string[]}} how
 * @returns {() => void}  ends it at once
 */
export function throwConfetti(canvas, { seconds, colours }) {
    const pen = canvas.getContext("2d");
    const [width, height] = [canvas.width = window.innerWidth, canvas.height = window.innerHeight];
    let pieces = makePieces(width, height, seconds, colours.length);
    let before = null;
    let frame = requestAnimationFrame(draw);
    const end = setTimeout(stop, (seconds + 4) * 1_000);

    function draw(now) {
        const passed = Math.min(frameMax, (now - (before ?? now)) / 1_000);
        before = now;
        pieces = pieces.filter((piece) => movePiece(piece, passed, height));
        pen.clearRect(0, 0, width, height);
        for (const piece of pieces) if (piece.wait <= 0) drawPiece(pen, piece, colours);
        if (pieces.length > 0) frame = requestAnimationFrame(draw);
        else stop();
    }

    function stop() {
        clearTimeout(end);
        cancelAnimationFrame(frame);
        canvas.remove();
    }

    return stop;
}

function drawPiece(pen, { x, y, turn, size, colour }, colours) {
    pen.save();
    pen.translate(x, y);
    pen.rotate(turn * 0.6);
    // Seen from the side it is thin: a leaf of paper that turns over.
    pen.scale(1, 0.25 + 0.75 * Math.abs(Math.cos(turn)));
    pen.fillStyle = colours[colour];
    if (colour % 3 === 2) {
        pen.beginPath();
        pen.arc(0, 0, size * 0.45, 0, 6.3);
        pen.fill();
    } else {
        pen.fillRect(-size / 2, -size * 0.32, size, size * 0.64);
    }
    pen.restore();
}

internal import Base

/// Pictures for people and guilds: a gradient in a hue of their own, and a simple shape on it. The same seed gives
/// the same picture.
package enum AvatarPainter {
    private static let size = 128

    package static func png(seed: UInt64) -> [UInt8]? {
        var random = SeededRandom(seed: seed)
        let hue = Double.random(in: 0..<1, using: &random)
        let top = color(hue, 0.62, 0.86)
        let bottom = color(hue + 0.07, 0.66, 0.70)
        let ink = Bool.random(using: &random) ? color(hue + 0.5, 0.12, 1.0) : color(hue + 0.08, 0.10, 0.99)
        let shape = Shape(&random)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(size * size * 3)
        for y in 0..<size {
            for x in 0..<size {
                let cover = shape.cover(Double(x) + 0.5, Double(y) + 0.5)
                let along = Double(y) / Double(size - 1)
                for channel in 0..<3 {
                    let ground = top[channel] + (bottom[channel] - top[channel]) * along
                    pixels.append(
                        UInt8(max(0, min(255, (ground + (ink[channel] - ground) * cover).rounded())))
                    )
                }
            }
        }
        return PNG.encode(width: size, height: size, pixels: pixels)
    }

    /// How much of the ink lies on a point, 0...1; edges are a pixel wide.
    private struct Shape {
        private enum Kind {
            case tiles([Bool]), rings(Double, Double), face(Double, Double), hills(Double, Double)
        }
        private let kind: Kind

        init(_ random: inout SeededRandom) {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1, 2:
                var tiles = (0..<15).map { _ in Bool.random(using: &random) }
                tiles[7] = true
                kind = .tiles(tiles)
            case 3:
                kind = .rings(
                    Double.random(in: 40...88, using: &random),
                    Double.random(in: 40...88, using: &random)
                )
            case 4:
                kind = .face(
                    Double.random(in: 4...8, using: &random),
                    Double.random(in: 12...22, using: &random)
                )
            default:
                kind = .hills(
                    Double.random(in: 20...60, using: &random),
                    Double.random(in: 30...98, using: &random)
                )
            }
        }

        func cover(_ x: Double, _ y: Double) -> Double {
            switch kind {
            case .tiles(let tiles): Self.tiles(tiles, x, y)
            case .rings(let centerX, let centerY):
                0.85 * max(ring(x, y, centerX, centerY, 16, 16), ring(x, y, centerX, centerY, 40, 5))
            case .face(let eye, let smile):
                max(
                    disc(x, y, 44, 54, eye),
                    disc(x, y, 84, 54, eye),
                    y > 70 ? ring(x, y, 64, 68, smile, 3) : 0
                )
            case .hills(let first, let second):
                max(
                    0.75 * disc(x, y, first, 150, 62),
                    0.9 * disc(x, y, second + 20, 165, 60),
                    disc(x, y, second, 40, 13)
                )
            }
        }

        /// Five by five, mirrored: the left three columns are the picture.
        private static func tiles(_ tiles: [Bool], _ x: Double, _ y: Double) -> Double {
            let side = 16.0
            let (left, upper) = ((x - 24) / side, (y - 24) / side)
            guard left >= 0, left < 5, upper >= 0, upper < 5 else { return 0 }
            let column = Int(left)
            return tiles[Int(upper) * 3 + (column < 3 ? column : 4 - column)] ? 0.92 : 0
        }

        private func distance(_ x: Double, _ y: Double, _ centerX: Double, _ centerY: Double) -> Double {
            ((x - centerX) * (x - centerX) + (y - centerY) * (y - centerY)).squareRoot()
        }

        private func disc(_ x: Double, _ y: Double, _ cx: Double, _ cy: Double, _ radius: Double) -> Double {
            max(0, min(1, radius - distance(x, y, cx, cy) + 0.5))
        }

        private func ring(
            _ x: Double,
            _ y: Double,
            _ cx: Double,
            _ cy: Double,
            _ radius: Double,
            _ half: Double
        ) -> Double {
            max(0, min(1, half - abs(distance(x, y, cx, cy) - radius) + 0.5))
        }
    }

    /// Hue, saturation and value in 0...1 as red, green, blue in 0...255.
    private static func color(_ hue: Double, _ saturation: Double, _ value: Double) -> [Double] {
        [5.0, 3.0, 1.0].map { offset in
            let k = (offset + (hue - hue.rounded(.down)) * 6).truncatingRemainder(dividingBy: 6)
            return 255 * (value - value * saturation * max(0, min(k, 4 - k, 1)))
        }
    }
}

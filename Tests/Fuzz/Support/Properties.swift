internal import Base

/// A property that an input broke: the finding, in words.
struct FuzzFailure: Error, CustomStringConvertible {
    let description: String
}

/// Fails with `finding` unless the condition holds.
func hold(_ condition: Bool, _ finding: @autoclosure () -> String) throws(FuzzFailure) {
    if !condition { throw FuzzFailure(description: finding()) }
}

/// The number that stands for an input (FNV-1a), so that choices within a run depend on nothing else.
func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return hash
}

/// One of the elements, the same for the same input.
func choice<Element>(of elements: [Element], for bytes: [UInt8]) -> Element {
    elements[Int(fingerprint(bytes) >> 32) % elements.count]
}

/// The input in pieces of one byte to some dozen; the same input is always cut at the same places.
func cut(_ bytes: [UInt8]) -> [[UInt8]] {
    var random = SeededRandom(seed: fingerprint(bytes))
    let most = [1, 3, 16, 64][Int(random.next() & 3)]
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + 1 + Int(random.next() % UInt64(most)))
        pieces.append(Array(bytes[start..<end]))
        start = end
    }
    return pieces
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

/// The lines of an input, without their ends.
func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] { bytes.split(separator: 0x0A) }

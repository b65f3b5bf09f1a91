/// A token, password or key. Prints as its length only, so that it cannot reach a log by accident.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let bytes: [UInt8]

    package init(_ text: String) { bytes = Array(text.utf8) }
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The secret itself. Call it only where it goes out on a wire.
    package var exposed: String { String(decoding: bytes, as: UTF8.self) }
    package var exposedBytes: [UInt8] { bytes }

    package var isEmpty: Bool { bytes.isEmpty }
    package var count: Int { bytes.count }
    package var description: String { "<redacted \(bytes.count) bytes>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Equal in a time that depends on the candidate's length only, not on where the first difference is.
    package func matches(_ candidate: some Collection<UInt8>) -> Bool {
        var difference = bytes.count ^ candidate.count
        var index = 0
        for byte in candidate {
            let own = index < bytes.count ? bytes[index] : 0
            difference |= Int(own ^ byte)
            index += 1
        }
        return difference == 0
    }
}

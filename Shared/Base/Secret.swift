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
        candidate.withContiguousStorageIfAvailable(matches)
            ?? Array(candidate).withUnsafeBufferPointer(matches)
    }

    private func matches(_ candidate: UnsafeBufferPointer<UInt8>) -> Bool {
        var difference = bytes.count ^ candidate.count
        for index in 0..<candidate.count {
            let own = index < bytes.count ? bytes[index] : 0
            difference |= Int(own ^ candidate[index])
        }
        return difference == 0
    }
}

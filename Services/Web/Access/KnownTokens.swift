import Base

/// What cookies and keys say that were found to be signed by us, by their bytes: whoever comes again is not verified again.
///
/// A signature does not change, so nothing here grows old; whether what it says counts *now*, its times and whether it was
/// revoked, is asked each time. Any thread.
package final class KnownTokens<Value: Sendable>: Sendable {
    /// Of one token; what is longer is verified each time.
    private let bytesMax: Int
    private let values = Locked<[String: Value]>([:])

    package init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Tokens kept; past it all are forgotten, and verified again when they come.
    package static var countMax: Int { 4_096 }

    var count: Int { values.withLock { $0.count } }

    func value(of token: [UInt8]) -> Value? {
        guard token.count <= bytesMax else { return nil }
        let text = String(decoding: token, as: UTF8.self)
        return values.withLock { values in
            // Texts are equal that are written with other bytes, but never with as many where one is ASCII, as those kept are.
            guard let place = values.index(forKey: text), values[place].key.utf8.count == token.count
            else {
                return nil
            }
            return values[place].value
        }
    }

    func keep(_ value: Value, _ token: [UInt8]) {
        guard token.count <= bytesMax else { return }
        let text = String(decoding: token, as: UTF8.self)
        values.withLock { values in
            if values.count >= Self.countMax { values = [:] }
            values[text] = value
        }
    }
}

import Base

/// What cookies say that were found to be signed by us, by their bytes: whoever comes again is not verified again.
///
/// A signature does not change, so nothing here grows old; whether the session counts *now*, its times and whether it was
/// revoked, is asked each time. Any thread.
package final class KnownSessions: Sendable {
    /// Cookies kept, some 2 MB; past it all are forgotten, and verified again when they come.
    package static let countMax = 4_096
    /// Of one cookie; what is longer is verified each time.
    package static let bytesMax = 512

    private let sessions = Locked<[String: Session]>([:])

    var count: Int { sessions.withLock { $0.count } }

    func session(_ cookie: [UInt8]) -> Session? {
        guard cookie.count <= Self.bytesMax else { return nil }
        let text = String(decoding: cookie, as: UTF8.self)
        return sessions.withLock { sessions in
            // Texts are equal that are written with other bytes, but never with as many where one is ASCII, as those kept are.
            guard let place = sessions.index(forKey: text), sessions[place].key.utf8.count == cookie.count
            else {
                return nil
            }
            return sessions[place].value
        }
    }

    func keep(_ session: Session, _ cookie: [UInt8]) {
        guard cookie.count <= Self.bytesMax else { return }
        let text = String(decoding: cookie, as: UTF8.self)
        sessions.withLock { sessions in
            if sessions.count >= Self.countMax { sessions = [:] }
            sessions[text] = session
        }
    }
}

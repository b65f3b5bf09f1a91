import Base
import Testing
import Web

/// A session outlives its cookies, but not thirty days.
@Suite struct SessionRotationTests {
    private static let now: Int64 = 1_800_000_000
    private static let day: Int64 = 86_400
    private static let keys = SessionKeys([Secret("0123456789abcdef0123456789abcdef")])
    private static let session = Session.begin(
        Snowflake(7),
        id: "00112233445566778899aabbccddeeff",
        now: now
    )

    private static func read(_ session: Session, at time: Int64) throws(SessionRefusal) -> Session {
        try keys.session(Array(keys.mint(session).utf8), now: time)
    }

    @Test func `a cookie is given anew after an hour, and then lasts seven days again`() throws {
        let session = Self.session
        #expect(session.expires == Self.now + 7 * Self.day && session.began == Self.now)
        #expect(session.rotated(now: Self.now + 3600) == nil)
        let newer = try #require(session.rotated(now: Self.now + 3601))
        #expect(newer.id == session.id && newer.user == session.user && newer.began == Self.now)
        #expect(newer.issued == Self.now + 3601 && newer.expires == Self.now + 3601 + 7 * Self.day)
        // Both cookies count: another tab may still send the old one.
        #expect(try Self.read(newer, at: Self.now + 3601) == newer)
        #expect(try Self.read(session, at: Self.now + 3601) == session)
        #expect(newer.lastExpiry == session.lastExpiry)
    }

    @Test func `thirty days after it began it ends, however often it was given anew`() throws {
        var session = Self.session
        var days: Int64 = 0
        while let newer = session.rotated(now: Self.now + (days + 6) * Self.day) {
            days += 6
            session = newer
            #expect(try Self.read(session, at: Self.now + days * Self.day) == session)
        }
        #expect(days == 24 && session.expires == Self.now + 30 * Self.day)
        #expect(session.expires == session.lastExpiry)
        #expect(session.rotated(now: session.expires - 1) == nil)
        #expect(throws: SessionRefusal.expired) { _ = try Self.read(session, at: session.expires) }
    }

    @Test func `who signs more than thirty days from its beginning is not believed`() {
        let tooLong = Session(
            user: Snowflake(7),
            id: Self.session.id,
            issued: Self.now,
            expires: Self.now + Self.day,
            began: Self.now - 29 * Self.day - 1
        )
        #expect(throws: SessionRefusal.tooLongLived) { _ = try Self.read(tooLong, at: Self.now) }
        let later = Session(
            user: Snowflake(7),
            id: Self.session.id,
            issued: Self.now,
            expires: Self.now + 60,
            began: Self.now + 1
        )
        #expect(throws: SessionRefusal.malformed) { _ = try Self.read(later, at: Self.now) }
    }
}

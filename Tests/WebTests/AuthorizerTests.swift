import Base
import HTTPWire
import Telemetry
import Testing
import Web

@Suite struct AuthorizerTests {
    private static let now: Int64 = 1_800_000_000
    private static let keys = SessionKeys([Secret("0123456789abcdef0123456789abcdef")])
    private static let session = Session(
        user: Snowflake(7),
        id: "00112233445566778899aabbccddeeff",
        issued: now - 60,
        expires: now + 3600
    )
    private static let entry = RevocationList.Entry(id: session.id, expires: session.expires)

    private struct Fixture {
        let revocations: Locked<RevocationList>
        let metrics = Metrics()
        let authorizer: Authorizer

        init(_ access: WebConfig.Access = .login, isShared: Bool = false) {
            revocations = Locked(RevocationList(isShared: isShared))
            authorizer = Authorizer(
                access: access,
                keys: AuthorizerTests.keys,
                revocations: revocations,
                metrics: AccessMetrics(metrics)
            )
        }

        func answer(_ session: Session? = AuthorizerTests.session, at now: Duration = .zero)
            -> Authorizer.Answer
        {
            var headers = HTTPHeaders()
            if let session {
                headers.add("Cookie", "\(SessionCookie.name)=\(AuthorizerTests.keys.mint(session))")
            }
            return authorizer.authorize(headers, now: now, unixSeconds: AuthorizerTests.now)
        }
    }

    @Test func `the ticket says who, by which session, and until when`() {
        let ticket = Ticket(
            subject: .user(Snowflake(7)),
            session: Self.session.id,
            expires: (Self.now + 3600) * 1000
        )
        for access in WebConfig.Access.allCases { #expect(Fixture(access).answer() == .allowed(ticket)) }
        #expect(Fixture(.open).answer(nil) == .allowed(.open))
        #expect(Fixture(.login).answer(nil) == .refused(.missing))
    }

    @Test func `what nobody can check is neither let in nor refused, and counted`() {
        let fixture = Fixture(isShared: true)
        #expect(fixture.answer() == .unknown)
        fixture.revocations.withLock { _ = $0.took([], now: .zero, unixNow: Self.now) }
        #expect(fixture.answer(at: .seconds(60)) != .unknown)
        #expect(fixture.answer(at: .seconds(61)) == .unknown)
        let text = String(decoding: fixture.metrics.render(), as: UTF8.self)
        #expect(text.contains("\nguildwire_web_sessions_unchecked_total 2\n"))
        // Who shows no session needs nobody to be asked.
        #expect(Fixture(.open, isShared: true).answer(nil) == .allowed(.open))
    }

    @Test func `what is revoked while a request is answered is found before its stream begins`() throws {
        let fixture = Fixture(isShared: true)
        fixture.revocations.withLock { _ = $0.took([], now: .zero, unixNow: Self.now) }
        guard case .allowed(let ticket) = fixture.answer() else {
            Issue.record("a good session was not let in")
            return
        }
        #expect(fixture.authorizer.stillAllows(ticket, now: .zero))
        #expect(fixture.authorizer.stillAllows(.open, now: .seconds(61)))
        #expect(!fixture.authorizer.stillAllows(ticket, now: .seconds(61)))
        fixture.revocations.withLock { _ = $0.add([Self.entry], unixNow: Self.now) }
        #expect(!fixture.authorizer.stillAllows(ticket, now: .zero))
        #expect(fixture.answer() == .refused(.revoked))
    }
}

import Base
import HTTPWire
import Telemetry
import Testing
import Web

@Suite struct AuthorizerTests {
    private static let now: Int64 = 1_800_000_000
    private static let signing = SigningKeys([Secret("0123456789abcdef0123456789abcdef")])
    private static let keys = SessionKeys(signing)
    private static let signer = KeySigner(signing)
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
                signer: AuthorizerTests.signer,
                revocations: revocations,
                metrics: AccessMetrics(metrics)
            )
        }

        func answer(_ session: Session? = AuthorizerTests.session, at now: Duration = .zero) throws
            -> Authorizer.Answer
        {
            var headers = HTTPHeaders()
            if let session {
                headers.add("Cookie", "\(SessionCookie.name)=\(AuthorizerTests.keys.mint(session))")
            }
            let head = try HTTPRequestHead(method: "GET", target: "/api/stream", headers: headers)
            return authorizer.authorize(head, now: now, unixSeconds: AuthorizerTests.now)
        }
    }

    @Test func `the ticket says who, by which session, and until when`() throws {
        let ticket = Ticket(
            subject: .user(Snowflake(7)),
            session: Self.session.id,
            expires: (Self.now + 3600) * 1000
        )
        for access in WebConfig.Access.allCases { #expect(try Fixture(access).answer() == .allowed(ticket)) }
        #expect(try Fixture(.open).answer(nil) == .allowed(.open))
        #expect(try Fixture(.login).answer(nil) == .refused(.missing))
    }

    @Test func `what nobody can check is neither let in nor refused, and counted`() throws {
        let fixture = Fixture(isShared: true)
        #expect(try fixture.answer() == .unknown)
        fixture.revocations.withLock { _ = $0.took([], now: .zero, unixNow: Self.now) }
        #expect(try fixture.answer(at: .seconds(60)) != .unknown)
        #expect(try fixture.answer(at: .seconds(61)) == .unknown)
        let text = String(decoding: fixture.metrics.render(), as: UTF8.self)
        #expect(text.contains("\nguildwire_web_sessions_unchecked_total 2\n"))
        // Who shows no session needs nobody to be asked.
        #expect(try Fixture(.open, isShared: true).answer(nil) == .allowed(.open))
    }

    @Test func `what is revoked while a request is answered is found before its stream begins`() throws {
        let fixture = Fixture(isShared: true)
        fixture.revocations.withLock { _ = $0.took([], now: .zero, unixNow: Self.now) }
        guard case .allowed(let ticket) = try fixture.answer() else {
            Issue.record("a good session was not let in")
            return
        }
        #expect(fixture.authorizer.stillAllows(ticket, now: .zero))
        #expect(fixture.authorizer.stillAllows(.open, now: .seconds(61)))
        #expect(!fixture.authorizer.stillAllows(ticket, now: .seconds(61)))
        fixture.revocations.withLock { _ = $0.add([Self.entry], unixNow: Self.now) }
        #expect(!fixture.authorizer.stillAllows(ticket, now: .zero))
        #expect(try fixture.answer() == .refused(.session(.revoked)))
    }
}

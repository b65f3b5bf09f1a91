import Base
import Glibc
import Testing

/// The fuzz targets without libFuzzer, as tests that every run of the suite makes.
///
/// `FUZZ_SEEDS=100000` tries more than the usual 64 seeds. A trap ends the process before anything can be reported:
/// `FUZZ_TRACE=1` prints each target, file and seed before it runs. See specs/fuzzing.md.
@Suite struct FuzzTests {
    private static let seeds = number("FUZZ_SEEDS") ?? 64
    private static let isTraced = number("FUZZ_TRACE") == 1

    @Test(arguments: FuzzTarget.allCases) func `inputs of the corpus hold`(target: FuzzTarget) {
        let corpus = Corpus.inputs(of: target.rawValue)
        #expect(!corpus.isEmpty, "Tests/Fuzz/Corpus/\(target) has no inputs")
        for input in corpus { Self.run(target, input.bytes, "file \(input.name)") }
    }

    @Test(arguments: FuzzTarget.allCases) func `inputs near those of the corpus hold`(target: FuzzTarget) {
        let corpus = Corpus.inputs(of: target.rawValue)
        guard !corpus.isEmpty else { return }
        for seed in 0..<Self.seeds {
            var random = SeededRandom(seed: seed)
            for _ in 0..<8 { Self.run(target, mutated(corpus, &random), "seed \(seed)") }
        }
    }

    @Test func `a target that is broken is seen`() {
        #expect(throws: FuzzFailure.self) { try fuzzCanary(bytes: Array("GW!".utf8)) }
        #expect(throws: Never.self) { try fuzzCanary(bytes: Array("GW?".utf8)) }
    }

    private static func run(_ target: FuzzTarget, _ bytes: [UInt8], _ origin: String) {
        if isTraced { Swift.print("fuzz: \(target), \(origin)") }
        do { try target.run(bytes) } catch {
            Issue.record("\(target), \(origin): \(error)\ninput: \(bytes)")
        }
    }

    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(decimal: String(cString: $0).utf8) }
    }
}

/// Every target but the canary; scripts/fuzz finds them by their files.
enum FuzzTarget: String, CaseIterable, Sendable {
    case cursor = "Cursor"
    case envelope = "Envelope"
    case feed = "Feed"
    case gateway = "Gateway"
    case httpRequest = "HTTPRequest"
    case httpResponse = "HTTPResponse"
    case inflate = "Inflate"
    case json = "JSON"
    case link = "Link"
    case redis = "Redis"
    case restLimiter = "RESTLimiter"
    case session = "Session"
    case webSocket = "WebSocket"

    func run(_ bytes: [UInt8]) throws {
        switch self {
        case .cursor: try fuzzCursor(bytes: bytes)
        case .envelope: try fuzzEnvelope(bytes: bytes)
        case .feed: try fuzzFeed(bytes: bytes)
        case .gateway: try fuzzGateway(bytes: bytes)
        case .httpRequest: try fuzzHTTPRequest(bytes: bytes)
        case .httpResponse: try fuzzHTTPResponse(bytes: bytes)
        case .inflate: try fuzzInflate(bytes: bytes)
        case .json: try fuzzJSON(bytes: bytes)
        case .link: try fuzzLink(bytes: bytes)
        case .redis: try fuzzRedis(bytes: bytes)
        case .restLimiter: try fuzzRESTLimiter(bytes: bytes)
        case .session: try fuzzSession(bytes: bytes)
        case .webSocket: try fuzzWebSocket(bytes: bytes)
        }
    }
}

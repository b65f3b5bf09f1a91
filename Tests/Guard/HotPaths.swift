import Analytics
import Base
import DiscordProtocol
import EventBus
import EventModels
import Gateway
import HTTPWire
import JSON
import LinkProtocol
import PostgresClient
import Telemetry
import Web

/// One of each kind of work that an event, a viewer or a request makes.
enum HotPaths {
    static func all() throws -> [HotPath] {
        [fanOut(), try dispatch(), link(), try journal(), request(), store()]
    }

    private static let viewers = 1000

    private static func fanOut() -> HotPath {
        let probe = Held(FanOutProbe(viewers: viewers))
        let record = [UInt8](repeating: 0x78, count: 330)
        return HotPath(name: "fan-out", unit: "event to 1,000 streams") { number in
            probe.value.deliver(record)
            try HotPath.expect(probe.value.sends == (number + 1) * viewers, "each stream is sent each event")
        }
    }

    private static func dispatch(of frame: [UInt8]) throws -> Dispatch {
        let payload = try GatewayPayload(parsing: frame)
        guard let sequence = payload.sequence, let name = payload.name, let data = payload.data else {
            throw HotPath.Failure(description: "no dispatch: \(String(decoding: frame, as: UTF8.self))")
        }
        return Dispatch(sequence: sequence, name: name, data: data)
    }

    /// From the bytes of Discord's frame to the events' envelopes.
    private static func dispatch() throws -> HotPath {
        let fold = Fold(cdn: CDN(base: "https://cdn.example"), guildFilter: nil)
        let state = Held(ShardState())
        _ = fold.apply(try dispatch(of: Array(Samples.guildCreate.utf8)), epoch: 5, ts: 0, to: &state.value)
        let frames = HotPath.inputs { Array(Samples.message($0).utf8) }
        return HotPath(name: "dispatch", unit: "message read, folded and written as an event") { number in
            let made = fold.apply(
                try dispatch(of: frames[number]),
                epoch: 5,
                ts: Int64(number),
                to: &state.value
            )
            try HotPath.expect(made.count == 1 && made[0].kind == .messageCreated, "a message makes an event")
        }
    }

    private static func link() -> HotPath {
        let frames = HotPath.inputs { Samples.frame($0) }
        return HotPath(name: "link-frame", unit: "frame of one event encoded and decoded") { number in
            let text = LinkMessage.event(frames[number]).encoded(ts: 1)
            guard case .event(let read) = try LinkMessage(decoding: text) else {
                throw HotPath.Failure(description: "the frame is none")
            }
            try HotPath.expect(read.last == frames[number].last, "a frame is read as it was written")
        }
    }

    /// As it stands in the buffer that is written to the file, its checksum included.
    private static func journal() throws -> HotPath {
        let buffer = Held<[UInt8]>([])
        let dispatches = try HotPath.inputs { try dispatch(of: Array(Samples.message($0).utf8)) }
        return HotPath(name: "journal-record", unit: "dispatch encoded as a record") { number in
            buffer.value.removeAll(keepingCapacity: true)
            JournalRecord(wall: Int64(number), .dispatch(dispatches[number])).encode(into: &buffer.value)
            try HotPath.expect(
                buffer.value.count > dispatches[number].data.raw.count,
                "a record holds its dispatch"
            )
        }
    }

    /// A stream's request as a browser sends it: read, its session checked, its head answered.
    private static func request() -> HotPath {
        let signing = SigningKeys([Secret("0123456789abcdef0123456789abcdef")])
        let (keys, signer) = (SessionKeys(signing), KeySigner(signing))
        let session = Session(
            user: Snowflake(7),
            id: "00112233445566778899aabbccddeeff",
            issued: 1000,
            expires: 9000
        )
        let authorizer = Authorizer(
            access: .login,
            keys: keys,
            signer: signer,
            revocations: Locked(RevocationList(isShared: false)),
            metrics: AccessMetrics(Metrics())
        )
        let bytes = Array(Samples.request(cookie: "\(SessionCookie.name)=\(keys.mint(session))").utf8)
        return HotPath(name: "http-request", unit: "request parsed, its session checked, its head answered") {
            _ in
            var parser = RequestParser()
            parser.append(bytes)
            guard case .head(let head) = try parser.next() else {
                throw HotPath.Failure(description: "the request is none")
            }
            let answer = authorizer.authorize(head, now: .zero, unixSeconds: 2000)
            guard case .allowed = answer else { throw HotPath.Failure(description: "\(answer)") }
            let response = HeadWriter.response(status: 200, headers: Samples.responseHeaders)
            try HotPath.expect(head.path == "/api/stream" && response.count > 100, "the request is answered")
        }
    }

    /// From the entry of the log to the row that goes to PostgreSQL, a page of them at a time.
    private static func store() -> HotPath {
        let envelopes = (0..<100).map { Samples.frame($0).events[0] }
        return HotPath(name: "rows", unit: "100 events of the log as rows to be copied") { _ in
            var batch = Batch(of: .only, after: nil, storesContent: true)
            let entries = envelopes.map { LogEntry(id: $0.id, envelope: $0.envelope) }
            batch.add(LogPage(entries: entries, bounds: LogBounds(first: entries[0].id, top: entries[99].id)))
            try HotPath.expect(batch.copy(of: .message).count == 100, "messages are rows")
        }
    }
}

/// State that a path keeps from one unit to the next.
private final class Held<Value: ~Copyable> {
    var value: Value
    init(_ value: consuming Value) { self.value = value }
}

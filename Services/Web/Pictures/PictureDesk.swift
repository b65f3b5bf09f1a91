internal import Base
import EventLoop
package import HTTPClient
package import Telemetry

/// Hands out Discord's pictures: those that are held at once, the others when they have come. What is held is this replica's alone.
package final class PictureDesk: Sendable {
    /// Of a fetch, from its call to its last byte.
    package static let timeout = Duration.seconds(5)

    private struct State {
        var cache: PictureCache
        var waiters: [UInt64: CheckedContinuation<PictureCache.Answer, Never>] = [:]
        var waiterLast: UInt64 = 0
    }

    private let base: String
    private let http: any HTTPClient
    private let bytesMax: Int
    private let metrics: PictureMetrics
    private let state: Locked<State>

    /// `base`: `DISCORD_CDN_BASE` without a slash at its end.
    package init(base: String, http: any HTTPClient, metrics: Metrics, bounds: PictureCache.Bounds = .init())
    {
        self.base = base
        self.http = http
        bytesMax = bounds.pictureBytesMax
        self.metrics = PictureMetrics(metrics)
        let state = Locked(State(cache: PictureCache(bounds)))
        self.state = state
        PictureMetrics.watch(metrics) { state.withLock { $0.cache.figures } }
    }

    package func picture(_ request: PictureRequest, for address: String) async -> PictureCache.Answer {
        let answer = await withCheckedContinuation { continuation in
            let found = state.withLock { state -> PictureCache.Found in
                state.waiterLast += 1
                let waiter = state.waiterLast
                let found = state.cache.ask(request, waiter: waiter, of: address, now: Self.now)
                if case .waits = found { state.waiters[waiter] = continuation }
                return found
            }
            switch found {
            case .answer(let answer): continuation.resume(returning: answer)
            case .waits(let begins): if let begins { begin(begins) }
            }
        }
        metrics.count(answer)
        return answer
    }

    /// Outside of the request's task: others wait for it too.
    private func begin(_ request: PictureRequest) {
        Task {
            let outcome = await fetch(request)
            metrics.count(outcome)
            end(request, outcome)
        }
    }

    private func end(_ request: PictureRequest, _ outcome: PictureCache.Outcome) {
        let (told, begins) = state.withLock { state in
            let ending = state.cache.ended(request, outcome, now: Self.now)
            let told = ending.told.map { (state.waiters.removeValue(forKey: $0.waiter), $0.answer) }
            return (told, ending.begins)
        }
        for (waiter, answer) in told { waiter?.resume(returning: answer) }
        for one in begins { begin(one) }
    }

    private func fetch(_ request: PictureRequest) async -> PictureCache.Outcome {
        let reply: HTTPReply
        do {
            reply = try await http.send(HTTPCall("GET", base + request.target, timeout: Self.timeout))
        } catch let error as HTTPClientError where error.code == .tooLarge {
            return .missing
        } catch {
            return .failed(rest: nil)
        }
        switch reply.status {
        case 200:
            guard reply.body.count <= bytesMax, let picture = Picture(reply.body) else { return .missing }
            return .picture(picture)
        case 429:
            let seconds = reply[header: "retry-after"].flatMap { Int64($0) } ?? 0
            return .failed(rest: min(max(seconds, 0), 3_600) * 1_000)
        case 300..<500: return .missing
        default: return .failed(rest: nil)
        }
    }

    /// Milliseconds.
    private static var now: Int64 { MonotonicClock.now().nanosecondsClipped / 1_000_000 }
}

/// A picture that is held.
package struct Picture: Sendable {
    package let format: PictureFormat
    let content: TaggedContent

    package var bytes: [UInt8] { content.bytes }

    /// Nil for bytes that are none of the formats.
    package init?(_ bytes: [UInt8]) {
        guard let format = PictureFormat(of: bytes) else { return nil }
        self.format = format
        content = TaggedContent(bytes)
    }
}

/// What is held of Discord's pictures and what is being fetched. Pure: times are milliseconds of one clock that never goes back,
/// waiters are numbers.
///
/// Every picture is fetched once for all who wait for it. So many are fetched at once, the others wait in order; where Discord
/// fails several times in a row nothing is asked for a while, so that nobody waits for what does not come.
package struct PictureCache: Sendable {
    package struct Bounds: Sendable {
        /// Of all pictures that are held.
        package var heldBytesMax = 32 << 20
        /// Of one picture.
        package var pictureBytesMax = 512 << 10
        package var fetchesMax = 16
        /// Requests that wait for a fetch, all together and of one address.
        package var waitingMax = 512
        package var waitingOfAddressMax = 128
        /// Who has waited so long for a fetch to begin is let go.
        package var patience: Int64 = 10_000
        /// Addresses of pictures that are not there, and for how long that is believed.
        package var missingMax = 4_096
        package var missingFor: Int64 = 60_000
        /// Failures in a row, and the rest that follows them.
        package var failuresMax = 4
        package var rest: Int64 = 5_000
        package var restMax: Int64 = 60_000
        /// Fetches that one address may cause.
        package var policy = LimitPolicy("pictures", 2_400, perSeconds: 60)
        package var addressesMax = 10_000

        package init() {}
    }

    package enum Answer: Sendable {
        case held(Picture)
        /// Discord has no such picture, or none that is handed on.
        case missing
        /// Discord cannot be asked now; seconds until it may be.
        case away(seconds: Int64)
        /// Too many wait, or this address has had too many fetched.
        case busy
    }

    package enum Found: Sendable {
        case answer(Answer)
        /// The waiter is told by `ended`. `begins`: this fetch is to begin now.
        case waits(begins: PictureRequest?)
    }

    /// What came of a fetch.
    package enum Outcome: Sendable {
        case picture(Picture)
        case missing
        /// No answer, or one that says that Discord cannot now; milliseconds that it asked for.
        case failed(rest: Int64?)
    }

    /// What follows from a fetch that ended.
    package struct Ending: Sendable {
        package var told: [(waiter: UInt64, answer: Answer)] = []
        package var begins: [PictureRequest] = []
    }

    private struct Held {
        let picture: Picture
        var used: UInt64
    }

    private struct Wanted {
        var waiters: [(waiter: UInt64, address: String)]
        let since: Int64
    }

    private let bounds: Bounds
    private var held: [PictureRequest: Held] = [:]
    private var uses: UInt64 = 0
    private var missing: [PictureRequest: Int64] = [:]
    private var wanted: [PictureRequest: Wanted] = [:]
    /// In the order in which they came, without those that are being fetched.
    private var queue: [PictureRequest] = []
    private var waitingOf: [String: Int] = [:]
    private var allowance: LocalLimits
    private var failures = 0
    private var restsUntil: Int64 = 0

    package private(set) var heldBytes = 0
    package private(set) var fetching = 0
    package private(set) var waiting = 0
    package var missingCount: Int { missing.count }
    /// Pictures and bytes that are held, and requests that wait.
    package var figures: (held: Int, bytes: Int, waiting: Int) { (held.count, heldBytes, waiting) }

    package init(_ bounds: Bounds = Bounds()) {
        self.bounds = bounds
        allowance = LocalLimits(countersMax: bounds.addressesMax)
    }

    /// Somebody at `address` wants a picture; `waiter` is a number that nobody else has.
    package mutating func ask(_ request: PictureRequest, waiter: UInt64, of address: String, now: Int64)
        -> Found
    {
        if let picture = use(request) { return .answer(.held(picture)) }
        if let until = missing[request] {
            if until > now { return .answer(.missing) }
            missing[request] = nil
        }
        guard restsUntil <= now else { return .answer(.away(seconds: (restsUntil - now + 999) / 1_000)) }
        guard waiting < bounds.waitingMax, waitingOf[address, default: 0] < bounds.waitingOfAddressMax else {
            return .answer(.busy)
        }
        if wanted[request] == nil {
            let verdict = allowance.take([LimitCounter(address, bounds.policy)], now: now)
            guard verdict.refused == nil else { return .answer(.busy) }
            wanted[request] = Wanted(waiters: [], since: now)
            queue.append(request)
        }
        wanted[request]?.waiters.append((waiter, address))
        waitingOf[address, default: 0] += 1
        waiting += 1
        return .waits(begins: next().first)
    }

    /// A fetch that had begun is over.
    package mutating func ended(_ request: PictureRequest, _ outcome: Outcome, now: Int64) -> Ending {
        fetching -= 1
        var ending = Ending()
        switch outcome {
        case .picture(let picture):
            failures = 0
            hold(picture, request)
            tell(request, .held(picture), &ending)
        case .missing:
            failures = 0
            note(missing: request, now: now)
            tell(request, .missing, &ending)
        case .failed(let rest):
            failures += 1
            if rest != nil || failures >= bounds.failuresMax {
                let length = min(max(rest ?? bounds.rest, bounds.rest), bounds.restMax)
                restsUntil = max(restsUntil, now + length)
            }
            tell(request, .away(seconds: bounds.rest / 1_000), &ending)
        }
        let isResting = restsUntil > now
        for late in queue where isResting || now - (wanted[late]?.since ?? 0) >= bounds.patience {
            tell(late, isResting ? .away(seconds: bounds.rest / 1_000) : .busy, &ending)
        }
        queue.removeAll { wanted[$0] == nil }
        ending.begins = next()
        return ending
    }

    // MARK: Parts

    /// Those whose turn it is.
    private mutating func next() -> [PictureRequest] {
        let room = max(0, bounds.fetchesMax - fetching)
        let begins = Array(queue.prefix(room))
        queue.removeFirst(begins.count)
        fetching += begins.count
        return begins
    }

    private mutating func tell(_ request: PictureRequest, _ answer: Answer, _ ending: inout Ending) {
        guard let wanted = wanted.removeValue(forKey: request) else { return }
        for (waiter, address) in wanted.waiters {
            ending.told.append((waiter, answer))
            waiting -= 1
            let left = waitingOf[address, default: 1] - 1
            waitingOf[address] = left > 0 ? left : nil
        }
    }

    private mutating func use(_ request: PictureRequest) -> Picture? {
        guard let found = held[request] else { return nil }
        uses += 1
        held[request]?.used = uses
        return found.picture
    }

    /// Those that were used longest ago go, an eighth at a time: so looking for them costs each picture little.
    private mutating func hold(_ picture: Picture, _ request: PictureRequest) {
        uses += 1
        heldBytes += picture.bytes.count - (held[request]?.picture.bytes.count ?? 0)
        held[request] = Held(picture: picture, used: uses)
        guard heldBytes > bounds.heldBytesMax else { return }
        for (old, entry) in held.sorted(by: { $0.value.used < $1.value.used }) {
            guard heldBytes > bounds.heldBytesMax / 8 * 7 else { break }
            heldBytes -= entry.picture.bytes.count
            held[old] = nil
        }
    }

    private mutating func note(missing request: PictureRequest, now: Int64) {
        if missing.count >= bounds.missingMax { missing = missing.filter { $0.value > now } }
        // Full of what was asked within the minute: it is asked again, which costs Discord and us a request.
        if missing.count >= bounds.missingMax { missing = [:] }
        missing[request] = now + bounds.missingFor
    }
}

internal import EventModels

/// Tells a frame that ends replicas from replicas that end for other reasons.
///
/// What was in flight when a replica died is sent one frame at a time, each in flight by itself, until it is
/// acknowledged. A frame is proven guilty when it was the oldest unacknowledged one at two deaths, so at the second one
/// alone, the second on a link made after the first death, and neither process has linked again within a time. A link
/// that was made after the first has read its bus since: no Redis that hangs is behind it. A process that links again
/// has lost its connection, not its life.
struct Suspicion: Sendable {
    static let reason = "two replicas died while it was the only frame in flight"
    private static let deathsNeeded = 2

    /// Last id of the frame that was the oldest in flight at the latest deaths.
    private(set) var frame: EventID?
    /// Names of the processes that died at it.
    private var dead: Set<String> = []
    /// The newest link at the first of these deaths.
    private var newestThen = LinkID(0)
    /// Frames up to here go alone.
    private var aloneThrough: EventID?
    private var judgedFrom = Duration.zero

    /// While a verdict is waited for nothing is sent: a third replica would be the next to die.
    var holdsBack: Bool { dead.count >= Self.deathsNeeded }

    func isAlone(_ id: EventID) -> Bool { aloneThrough.map { id <= $0 } ?? false }

    /// The publisher's link died while the frames from the one that ends with `oldest` to the one that ends with
    /// `newest` were in flight. `newestLink` is the highest that there has been.
    mutating func died(
        _ link: LinkID,
        _ name: String,
        at oldest: EventID,
        through newest: EventID,
        newestLink: LinkID,
        now: Duration
    ) {
        aloneThrough = max(newest, aloneThrough ?? newest)
        if frame != oldest || dead.isEmpty {
            frame = oldest
            dead = [name]
            newestThen = newestLink
        } else if newestThen < link {
            dead.insert(name)
            judgedFrom = now
        }
    }

    /// Somebody could take the frame again only from now on, so those taken for dead could not have come earlier.
    mutating func judge(from now: Duration) { judgedFrom = max(judgedFrom, now) }

    /// A process of this name has linked: it was its connection that died.
    mutating func lives(_ name: String) { dead.remove(name) }

    mutating func confirmed(_ id: EventID) {
        if let frame, frame <= id { acquit() }
        if let through = aloneThrough, through <= id { aloneThrough = nil }
    }

    /// The frame has done nothing, or can do nothing any more.
    mutating func acquit() {
        frame = nil
        dead = []
    }

    func isProven(now: Duration, after wait: Duration) -> Bool { holdsBack && now - judgedFrom >= wait }
}

import Base

/// One simulated world: its clock, its chance, its network, and what has gone wrong.
///
/// Times are microseconds since the world began. Everything happens in `run`, one action at a time, in an order that
/// the seed alone decides.
final class World {
    let seed: UInt64
    let plant: Plant?
    var random: SeededRandom
    private(set) var now: Int64 = 0
    private(set) var steps = 0
    var trace: Trace
    /// The first check that did not hold; ends the run.
    private(set) var failure: String?
    private var scheduler = Scheduler()
    /// Until when nothing passes between two hosts.
    private var stalls: [Route: Int64] = [:]
    private(set) var wires: [Wire] = []
    /// Network delays are drawn up to this; a fault raises it.
    var latencyMax: Int64 = 2_000
    /// Nothing goes wrong any more; slow readers read quickly.
    private(set) var isHealed = false
    /// Checks that look at everything, run after each step.
    var afterStep: () -> Void = {}

    /// Simulated wall time at the beginning, Unix milliseconds.
    static let began: Int64 = 1_800_000_000_000

    /// Steps of one run; a world that needs more turns in circles.
    static let stepsMax = 400_000

    init(seed: UInt64, plant: Plant?, isTraced: Bool) {
        self.seed = seed
        self.plant = plant
        random = SeededRandom(seed: seed)
        trace = Trace(isOn: isTraced)
    }

    /// Monotonic time as the machines take it.
    var time: Duration { .microseconds(now) }

    func has(_ plant: Plant) -> Bool { self.plant == plant }

    func after(_ delay: Int64, _ action: @escaping () -> Void) {
        scheduler.add(at: now + max(0, delay), action)
    }

    func at(_ time: Int64, _ action: @escaping () -> Void) { scheduler.add(at: max(now, time), action) }

    /// Runs until `end`, a failure, or `isDone`, asked for once in a simulated second.
    func run(until end: Int64, isDone: () -> Bool = { false }) {
        var nextLook = now + 1_000_000
        while failure == nil, let at = scheduler.nextAt, at <= end, let next = scheduler.take() {
            now = next.at
            steps += 1
            if steps > Self.stepsMax { fail("no end in \(steps) steps") }
            next.action()
            afterStep()
            guard now >= nextLook else { continue }
            nextLook = now + 1_000_000
            if isDone() { return }
        }
        if failure == nil { now = max(now, end) }
    }

    func fail(_ text: @autoclosure () -> String) {
        guard failure == nil else { return }
        failure = text()
        note("CHECK", "failed: \(failure ?? "")")
    }

    func note(_ who: String, _ what: @autoclosure () -> String) {
        guard trace.isOn else { return }
        trace.add(now, who, what())
    }

    /// Lets go of everything, so that what refers to each other is freed.
    func end() {
        scheduler.clear()
        afterStep = {}
        for wire in wires { wire.forget() }
        wires = []
    }

    // MARK: Network

    func latency() -> Int64 { 50 + random.below(latencyMax) }

    func stall(_ route: Route, for time: Int64) { stalls[route] = max(stalls[route] ?? 0, now + time) }

    func stalledUntil(_ route: Route) -> Int64? {
        guard let until = stalls[route], until > now else { return nil }
        return until
    }

    func healNetwork() {
        isHealed = true
        stalls = [:]
        latencyMax = 2_000
    }

    func add(_ wire: Wire) {
        if wires.count > 64 { wires.removeAll { $0.isDead } }
        wires.append(wire)
    }
}

/// What happened, for people: one line each, the oldest go.
struct Trace {
    let isOn: Bool
    private var lines: [String] = []

    init(isOn: Bool) { self.isOn = isOn }

    mutating func add(_ time: Int64, _ who: String, _ what: String) {
        let milliseconds = String(time / 1000)
        let pad = String(repeating: " ", count: max(0, 7 - milliseconds.count))
        let fraction = String(1000 + time % 1000).dropFirst()
        let name = who + String(repeating: " ", count: max(0, 10 - who.count))
        lines.append("\(pad)\(milliseconds).\(fraction) ms  \(name) \(what)")
    }

    var text: String { lines.joined(separator: "\n") }
    func last(_ count: Int) -> String { lines.suffix(count).joined(separator: "\n") }
}

extension SeededRandom {
    /// Evenly from `0..<bound`.
    mutating func below(_ bound: Int64) -> Int64 { Int64(next() % UInt64(max(1, bound))) }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
    /// Evenly from the range, both ends included.
    mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }
    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
    mutating func chance(_ probability: Double) -> Bool { unit() < probability }
    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }
}

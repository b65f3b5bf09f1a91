import Base
import EventBus
import EventModels
import Testing

private func page(_ numbers: [UInt64], first: UInt64, top: UInt64) -> LogPage {
    LogPage(entries: numbers.map { LogEntry(event($0)) }, bounds: LogBounds(first: id(first), top: id(top)))
}

@Suite struct TailMachineTests {
    /// A tail that stands at 10 and has caught up.
    private func caughtUp() -> TailMachine {
        var tail = TailMachine(after: id(10))
        _ = tail.pageRead(page([], first: 1, top: 10))
        return tail
    }

    @Test func `a frame that follows is handed on without reading`() {
        var tail = caughtUp()
        let delivery = tail.heard(.frame(frame(11...12)))
        #expect(delivery?.events.map(\.id.number) == [11, 12])
        #expect(delivery?.isCaughtUp == true)
        #expect(tail.nextStep() == .rest)
        let again = tail.heard(.frame(frame(11...12)))
        #expect(again == nil)
        let half = tail.heard(.frame(frame(12...14)))
        #expect(half?.events.map(\.id.number) == [13, 14])
    }

    @Test func `a hole is read from the log, and what waited behind it follows`() {
        var tail = caughtUp()
        let early = tail.heard(.frame(frame(13...14)))
        #expect(early == nil)
        #expect(tail.nextStep() == .read(after: id(10)))
        let delivery = tail.pageRead(page([11, 12], first: 1, top: 12))
        #expect(delivery.events.map(\.id.number) == [11, 12, 13, 14])
        #expect(tail.position == id(14))
    }

    @Test func `what was handed on during a read is not handed on by it`() {
        var tail = caughtUp()
        _ = tail.heard(.listening)
        #expect(tail.nextStep() == .read(after: id(10)))
        _ = tail.heard(.frame(frame(11...13)))
        let delivery = tail.pageRead(page([11, 12], first: 1, top: 12))
        #expect(delivery.events.isEmpty)
        #expect(delivery.isCaughtUp)
        #expect(tail.position == id(13))
    }

    @Test func `silence is looked into once a second`() {
        var tail = caughtUp()
        #expect(tail.nextStep() == .rest)
        tail.tick()
        #expect(tail.nextStep() == .lookAtTop)
        tail.topSeen(LogBounds(first: id(1), top: id(10)))
        #expect(tail.nextStep() == .rest)
        tail.tick()
        tail.topSeen(LogBounds(first: id(1), top: id(11)))
        #expect(tail.nextStep() == .read(after: id(10)))
        tail.stepFailed()
        #expect(tail.nextStep() == .rest)
        tail.tick()
        #expect(tail.nextStep() == .read(after: id(10)))
    }

    @Test func `a log that no longer holds what follows is said to have a gap`() {
        var tail = TailMachine(after: id(10))
        let delivery = tail.pageRead(page([20, 21], first: 20, top: 21))
        #expect(delivery.gapAfter == id(10))
        #expect(delivery.events.map(\.id.number) == [20, 21])
        var exact = TailMachine(after: id(10))
        let whole = exact.pageRead(page([11, 12], first: 10, top: 12))
        #expect(whole.gapAfter == nil)
        var fresh = TailMachine(after: nil)
        let start = fresh.pageRead(page([20], first: 20, top: 20))
        #expect(start.gapAfter == nil)
    }

    @Test func `a bus that came back older is waited for, not repeated`() {
        var tail = caughtUp()
        tail.tick()
        tail.topSeen(LogBounds(first: id(1), top: id(7)))
        #expect(tail.nextStep() == .rest)
        let repeated = tail.heard(.frame(frame(8...9)))
        #expect(repeated == nil)
        let next = tail.heard(.frame(frame(10...11)))
        #expect(next?.events.map(\.id.number) == [11])
    }

    @Test func `what was appended between the first read and the subscription is read`() {
        var tail = TailMachine(after: id(10))
        _ = tail.pageRead(page([11], first: 1, top: 11))
        #expect(tail.nextStep() == .rest)
        // 12 was appended and published to nobody; the subscription is confirmed after it.
        #expect(tail.heard(.listening) == nil && tail.nextStep() == .read(after: id(11)))
        #expect(tail.heard(.frame(frame(13...13))) == nil, "13 waits for 12")
        #expect(tail.pageRead(page([12], first: 1, top: 12)).events.map(\.id.number) == [12, 13])
    }

    @Test func `a page that was read before what has been handed on since changes nothing`() {
        var tail = caughtUp()
        _ = tail.heard(.listening)
        _ = tail.heard(.frame(frame(11...14)))
        let stale = tail.pageRead(page([], first: 1, top: 10))
        #expect(stale.events.isEmpty && stale.gapAfter == nil && tail.position == id(14))
        #expect(tail.nextStep() == .rest)
    }

    @Test func `a later session's numbers start over and follow all the same`() {
        var tail = caughtUp()
        let begin = EventFrame(shard: .only, prev: id(10), events: [event(1, epoch: 2), event(2, epoch: 2)])
        #expect(tail.heard(.frame(begin))?.events.map(\.id) == begin.events.map(\.id))
        #expect(tail.heard(.frame(frame(11...12))) == nil, "the earlier session is over")
        #expect(tail.position == id(2, epoch: 2))
    }

    @Test func `a log cut between two pages is said at the second, once`() {
        var tail = TailMachine(after: nil)
        #expect(tail.pageRead(page([1, 2], first: 1, top: 9)).gapAfter == nil)
        #expect(tail.nextStep() == .read(after: id(2)))
        let second = tail.pageRead(page([6, 7], first: 6, top: 9))
        #expect(second.gapAfter == id(2) && second.events.map(\.id.number) == [6, 7])
        #expect(tail.pageRead(page([8, 9], first: 6, top: 9)).gapAfter == nil)
    }

    @Test func `frames that wait are bounded, and what is dropped is read`() {
        var tail = caughtUp()
        for number in 12...1500 as ClosedRange<UInt64> {
            #expect(tail.heard(.frame(frame(number...number))) == nil)
        }
        let first = tail.pageRead(page([11], first: 1, top: 1500))
        var numbers = first.events.map(\.id.number)
        while case .read(let after) = tail.nextStep() {
            let from = (after?.number ?? 0) + 1
            let delivery = tail.pageRead(page(Array(from...min(from + 499, 1500)), first: 1, top: 1500))
            numbers += delivery.events.map(\.id.number)
        }
        #expect(numbers == Array(11...1500) && tail.isCaughtUp)
    }

    @Test func `entries that are no events are counted and stepped over`() {
        var tail = TailMachine(after: nil)
        let broken = LogEntry(id: id(2), envelope: Array("{}".utf8))
        let delivery = tail.pageRead(
            LogPage(
                entries: [LogEntry(event(1)), broken, LogEntry(event(3))],
                bounds: LogBounds(first: id(1), top: id(3))
            )
        )
        #expect(delivery.events.map(\.id.number) == [1, 3])
        #expect(delivery.unreadable == 1)
    }

    @Test func `a log whose entries were all removed is not read in a circle`() {
        var tail = TailMachine(after: id(10))
        _ = tail.pageRead(LogPage(entries: [], bounds: LogBounds(first: nil, top: id(20))))
        #expect(tail.nextStep() == .rest)
    }

    /// Frames are lost, repeated and delayed at will; reads fail and see the log at any moment.
    @Test func `whatever the bus does, events come in order, each once, and all in the end`() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var tail = TailMachine(after: nil)
            var log: [UInt64] = []
            var published: [EventFrame] = []
            var received: [UInt64] = []
            func take(_ delivery: TailDelivery?) {
                guard let delivery else { return }
                received += delivery.events.map(\.id.number)
                if delivery.gapAfter != nil { Issue.record("seed \(seed): a gap where there is none") }
            }
            func step(failing: Bool) {
                switch tail.nextStep() {
                case .read(let after):
                    guard !failing else { return tail.stepFailed() }
                    let rest = log.filter { after.map(\.number) ?? 0 < $0 }.prefix(5)
                    let seen = page(Array(rest), first: 1, top: log.last ?? 0)
                    // Frames may be heard between the reading and its answer.
                    if let frame = published.randomElement(using: &random), Bool.random(using: &random) {
                        take(tail.heard(.frame(frame)))
                    }
                    take(tail.pageRead(log.isEmpty ? LogPage(entries: [], bounds: LogBounds()) : seen))
                case .lookAtTop: tail.topSeen(LogBounds(first: id(1), top: log.last.map { id($0) }))
                case .rest: break
                }
            }
            for _ in 0..<200 {
                switch Int.random(in: 0..<6, using: &random) {
                case 0, 1:
                    let start = (log.last ?? 0) + 1
                    let end = start + UInt64.random(in: 0..<3, using: &random)
                    let new = frame(start...end)
                    log += start...end
                    published.append(new)
                    if Bool.random(using: &random) { take(tail.heard(.frame(new))) }
                case 2: if let old = published.randomElement(using: &random) { take(tail.heard(.frame(old))) }
                case 3: step(failing: Int.random(in: 0..<3, using: &random) == 0)
                case 4: tail.tick()
                default:
                    take(
                        tail.heard(
                            [.listening, .unreadable, .lost("")].randomElement(using: &random) ?? .listening
                        )
                    )
                }
                if received != Array(log.prefix(received.count)) { Issue.record("seed \(seed): \(received)") }
            }
            for _ in 0..<500 {
                tail.tick()
                step(failing: false)
                step(failing: false)
            }
            #expect(received == log, "seed \(seed)")
        }
    }

    /// As above, on a log that loses its oldest at any moment.
    @Test func `whatever is cut off unread is said exactly where it is missing`() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var tail = TailMachine(after: nil)
            var log: [UInt64] = []
            var top: UInt64 = 0
            var expected: UInt64 = 1
            var hasBegun = false
            func take(_ delivery: TailDelivery?) {
                guard let delivery else { return }
                if let gap = delivery.gapAfter, gap.number + 1 != expected {
                    Issue.record("seed \(seed): a gap behind \(gap) before \(expected)")
                }
                for (index, event) in delivery.events.enumerated() {
                    let isTold = !hasBegun || (index == 0 && delivery.gapAfter != nil)
                    if event.id.number != expected, !isTold || event.id.number < expected {
                        Issue.record("seed \(seed): \(event.id.number) where \(expected) follows")
                    }
                    expected = event.id.number + 1
                    hasBegun = true
                }
            }
            for _ in 0..<400 {
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    let new = frame(top + 1...top + UInt64.random(in: 1...3, using: &random))
                    log += top + 1...new.last.number
                    top = new.last.number
                    if Int.random(in: 0..<3, using: &random) > 0 { take(tail.heard(.frame(new))) }
                case 1: log.removeFirst(Int.random(in: 0...log.count, using: &random))
                case 2: tail.tick()
                case 3:
                    take(
                        tail.heard(
                            [.listening, .unreadable, .lost("")].randomElement(using: &random) ?? .listening
                        )
                    )
                default:
                    let bounds = LogBounds(first: log.first.map { id($0) }, top: top == 0 ? nil : id(top))
                    switch tail.nextStep() {
                    case .read(let after):
                        let rest = log.filter { after.map(\.number) ?? 0 < $0 }.prefix(4)
                        take(
                            tail.pageRead(LogPage(entries: rest.map { LogEntry(event($0)) }, bounds: bounds))
                        )
                    case .lookAtTop: tail.topSeen(bounds)
                    case .rest: break
                    }
                }
            }
        }
    }
}

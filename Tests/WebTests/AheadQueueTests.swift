import Testing
import Web

@Suite struct AheadQueueTests {
    private typealias Queue = AheadQueue<String, Int, String>

    @Test func `who is no longer ahead goes on, in the order they came`() {
        var queue = Queue(isBehind: <)
        for (viewer, cursor) in [("a", 5), ("b", 3), ("c", 4)] { queue.wait(viewer, for: "g", at: cursor) }
        queue.wait("other", for: "h", at: 3)
        #expect(queue.reached("g", 2).isEmpty)
        #expect(queue.reached("g", 4) == ["b", "c"])
        #expect(queue.count == 2)
        #expect(queue.takeAll("g") == ["a"])
        #expect(queue.keys == ["h"])
    }

    @Test func `a cursor that the log does not have is denied some times before it starts over`() {
        var queue = Queue(isBehind: <)
        queue.wait("made up", for: "g", at: 9)
        for look in 1...Queue.denialsMax {
            queue.lookBegins()
            let verdict = queue.looked("g", 8, mayBeMended: true)
            #expect(verdict.reset == (look == Queue.denialsMax ? ["made up"] : []))
            #expect(verdict.sentAway.isEmpty)
        }
    }

    @Test func `a look judges only those who waited when it began`() {
        var queue = Queue(isBehind: <)
        queue.wait("early", for: "g", at: 9)
        for _ in 1..<Queue.denialsMax {
            queue.lookBegins()
            _ = queue.looked("g", 8, mayBeMended: true)
        }
        queue.lookBegins()
        queue.wait("late", for: "g", at: 9)
        #expect(queue.looked("g", 8, mayBeMended: true).reset == ["early"])
        for _ in 1..<Queue.denialsMax {
            queue.lookBegins()
            #expect(queue.looked("g", 8, mayBeMended: true).reset.isEmpty)
        }
        #expect(queue.takeAll("g") == ["late"])
    }

    @Test
    func `a log that has it, or cannot be asked, keeps the viewer waiting, and no longer than the limit`() {
        for tops in [9, nil] {
            var queue = Queue(isBehind: <)
            queue.wait("viewer", for: "g", at: 9)
            for look in 1...Queue.looksMax {
                queue.lookBegins()
                let verdict = queue.looked("g", tops, mayBeMended: true)
                #expect(verdict.reset.isEmpty)
                #expect(verdict.sentAway == (look == Queue.looksMax ? ["viewer"] : []))
            }
        }
    }

    @Test func `only looks in a row that a gateway could have mended deny a cursor`() {
        var queue = Queue(isBehind: <)
        queue.wait("viewer", for: "g", at: 9)
        for look in 1...Queue.looksMax {
            queue.lookBegins()
            // The gateway goes away just before the last denial.
            let verdict = queue.looked("g", 8, mayBeMended: !look.isMultiple(of: Queue.denialsMax))
            #expect(verdict.reset.isEmpty)
            #expect(verdict.sentAway == (look == Queue.looksMax ? ["viewer"] : []))
        }
    }

    @Test func `a log that has its end again takes the denials back`() {
        var queue = Queue(isBehind: <)
        queue.wait("viewer", for: "g", at: 9)
        for top in [Int](repeating: 8, count: Queue.denialsMax - 1) + [9] {
            queue.lookBegins()
            #expect(queue.looked("g", top, mayBeMended: true).reset.isEmpty)
        }
        #expect(queue.reached("g", 9) == ["viewer"])
    }

    @Test(arguments: [(1, 1_000), (2_000, 1_000), (20_000, 10_000), (1_000_000, 29_500)])
    func `who is sent away comes again spread over the viewers`(viewers: Int, width: Int) {
        #expect(RetrySpread.milliseconds(viewers: viewers, random: 0) == 500)
        let last = RetrySpread.milliseconds(viewers: viewers, random: 1.0.nextDown)
        #expect(last == 500 + width - 1)
    }
}

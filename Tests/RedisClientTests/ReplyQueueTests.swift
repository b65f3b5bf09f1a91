import RedisClient
import Testing

@Suite struct ReplyQueueTests {
    @Test func `replies go to those who asked, in order, and the oldest is known`() {
        var queue = ReplyQueue<Int>(countMax: 5000)
        for number in 0..<4000 where !queue.add(number, now: .seconds(number)) {
            Issue.record("refused \(number)")
        }
        for number in 0..<3000 where queue.next() != number { Issue.record("\(number) is out of turn") }
        #expect(queue.count == 1000)
        #expect(queue.oldestAge(now: .seconds(3010)) == .seconds(10))
        let rest = queue.takeAll()
        #expect(rest == Array(3000..<4000))
        #expect(queue.count == 0)
        #expect(queue.oldestAge(now: .zero) == nil)
    }

    @Test func `a full queue refuses`() {
        var queue = ReplyQueue<Int>(countMax: 2)
        let taken = [1, 2, 3].map { queue.add($0, now: .zero) }
        #expect(taken == [true, true, false])
    }
}

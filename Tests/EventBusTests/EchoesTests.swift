import EventBus
import EventModels
import Testing

@Suite struct EchoesTests {
    @Test func `what was appended here is known by its bytes, once`() throws {
        var echoes = Echoes()
        let frames = [frame(1...2), frame(3...3)]
        echoes.expect(frames)
        let text = frame(1...3).encoded()
        let (own, again) = (echoes.take(text), echoes.take(text))
        #expect(own == frame(1...3) && again == nil)
        #expect(try own == EventFrame(decoding: text))
    }

    @Test func `other bytes are not`() {
        var echoes = Echoes()
        echoes.expect([frame(4...6)])
        let others = [
            frame(4...5).encoded(), frame(4...6, prev: 2).encoded(), frame(4...6).encoded() + [0x20],
        ]
        let taken = others.map { echoes.take($0) }
        #expect(taken == [nil, nil, nil])
        let own = echoes.take(frame(4...6).encoded())
        #expect(own == frame(4...6))
    }

    @Test func `the last two calls are held, and none that is large`() {
        var echoes = Echoes()
        for number in 1...3 as ClosedRange<UInt64> { echoes.expect([frame(number...number)]) }
        let taken = [1, 3, 2].map { (number: UInt64) in echoes.take(frame(number...number).encoded()) }
        #expect(taken == [nil, frame(3...3), frame(2...2)])
        let many = frame(1...10_000)
        #expect(many.bytes > Echoes.bytesMax)
        echoes.expect([many])
        let large = echoes.take(many.encoded())
        #expect(large == nil)
    }
}

import Testing
import WebSocketTransport

@Suite struct IdleWatchTests {
    @Test func `a silent peer is pinged once and then given up, a talking one is left alone`() {
        var watch = IdleWatch(pingInterval: .seconds(20), pongTimeout: .seconds(10), now: .seconds(100))
        #expect(watch.tick(now: .seconds(105)) == .wait(.seconds(15)))
        watch.heard(now: .seconds(110))
        #expect(watch.tick(now: .seconds(120)) == .wait(.seconds(10)))
        #expect(watch.tick(now: .seconds(130)) == .ping(thenWait: .seconds(10)))
        #expect(watch.tick(now: .seconds(139)) == .wait(.seconds(1)))
        watch.heard(now: .seconds(139))
        #expect(watch.tick(now: .seconds(140)) == .wait(.seconds(19)))
        #expect(watch.tick(now: .seconds(159)) == .ping(thenWait: .seconds(10)))
        #expect(watch.tick(now: .seconds(169)) == .dead)
    }

    @Test func `an answered ping is followed by the next in the usual time, however long an answer may take`()
    {
        var watch = IdleWatch(pingInterval: .seconds(1), pongTimeout: .seconds(10), now: .zero)
        #expect(watch.tick(now: .seconds(1)) == .ping(thenWait: .seconds(1)))
        #expect(watch.tick(now: .seconds(2)) == .wait(.seconds(1)))
        watch.heard(now: .seconds(2))
        #expect(watch.tick(now: .seconds(3)) == .ping(thenWait: .seconds(1)))
        #expect(watch.tick(now: .seconds(12)) == .wait(.seconds(1)))
        #expect(watch.tick(now: .seconds(13)) == .dead)
    }
}

import Lifecycle
import Testing

@Suite struct ShutdownMachineTests {
    @Test func `the first signal stops, the second ends at once`() {
        var shutdown = ShutdownMachine(grace: .seconds(10))
        #expect(shutdown.patience(now: .seconds(1)) == nil)
        #expect(shutdown.signalReceived(15, now: .seconds(1)) == .stop)
        #expect(shutdown.patience(now: .seconds(4)) == .seconds(7))
        #expect(shutdown.signalReceived(2, now: .seconds(4)) == .exit(code: 130))
    }

    @Test func `patience ends with the grace period and is not renewed`() {
        var shutdown = ShutdownMachine(grace: .seconds(10))
        shutdown.stoppingBegan(now: .seconds(1))
        shutdown.stoppingBegan(now: .seconds(9))
        #expect(shutdown.patience(now: .seconds(11)) == .zero)
        #expect(shutdown.patience(now: .seconds(60)) == .zero)
        #expect(shutdown.signalReceived(15, now: .seconds(9)) == .exit(code: 143))
    }
}

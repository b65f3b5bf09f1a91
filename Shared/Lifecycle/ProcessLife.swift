internal import Base
internal import CLinux
internal import Glibc

/// What the working threads tell the main thread, which waits in `poll` meanwhile.
///
/// An async `main` cannot do this: it parks the main thread in `sigsuspend` with an empty mask, so that SIGTERM kills
/// the process although every other thread blocks it.
final class ProcessLife: Sendable {
    static let shared = ProcessLife()

    private struct State {
        var exitCode: Int32?
        var isStopping = false
    }

    private let state = Locked(State())
    private let wakeUp: CInt

    private init() {
        wakeUp = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(wakeUp >= 0, "eventfd: the process is out of descriptors at its start")
    }

    func ended(code: Int32) {
        state.withLock { $0.exitCode = code }
        wake()
    }

    /// The services are being cancelled for another reason than a signal.
    func stoppingBegan() {
        state.withLock { $0.isStopping = true }
        wake()
    }

    var exitCode: Int32? { state.withLock { $0.exitCode } }
    var isStopping: Bool { state.withLock { $0.isStopping } }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }

    /// Waits for a signal, a word from the other threads, or the end of `timeout`; nil waits without limit.
    /// Gives the signals that came.
    func wait(signals: CInt, timeout: Duration?) -> [CInt] {
        var watched = [signals, wakeUp].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // Rounded up, so that a wait never ends just before its deadline and turns into spinning.
        let milliseconds = timeout.map { min($0 / .milliseconds(1) + 1, 1e9) } ?? -1
        _ = poll(&watched, nfds_t(watched.count), CInt(milliseconds))
        var counter: UInt64 = 0
        _ = read(wakeUp, &counter, 8)
        var received: [CInt] = []
        while case let number = guildwire_next_signal(signals), number > 0 { received.append(number) }
        return received
    }
}

internal import Base
internal import CLinux
internal import Glibc

/// A few threads for what can only block: name resolution, files. Never for waiting on a peer.
///
/// Threads are made on demand up to `threadsMax` and stay. Work queues without bound here: whoever calls in a loop
/// waits for each result before the next.
package final class BlockingPool: Sendable {
    package static let shared = BlockingPool(threadsMax: 4)
    /// For work that comes in turns and pauses between them (`pause`), and must not stand in line behind files and names.
    package static let turns = BlockingPool(threadsMax: 4)

    private struct State {
        var queue: [@Sendable () -> Void] = []
        var threads = 0
        var idle = 0
    }

    private let threadsMax: Int
    private let state = Locked(State())
    private let wakeUps: CInt

    package init(threadsMax: Int) {
        self.threadsMax = threadsMax
        // A semaphore by eventfd: each thread reads one unit per piece of work.
        wakeUps = eventDescriptorSemaphore()
    }

    /// Runs `body` on one of the pool's threads and waits for it without holding the caller's.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result
    {
        // Not by a throwing continuation: where one is resumed with an error, the caller of a function like this goes on
        // off its actor's executor (Swift 6.3, optimised across modules).
        let result: Swift.Result<Result, any Error> = await withCheckedContinuation { continuation in
            submit { continuation.resume(returning: Swift.Result { try body() }) }
        }
        return try result.get()
    }

    /// Runs `body` on one of the pool's threads, some time.
    package func submit(_ body: @escaping @Sendable () -> Void) {
        let mustStart = state.withLock { state in
            state.queue.append(body)
            guard state.queue.count > state.idle, state.threads < threadsMax else { return false }
            state.threads += 1
            return true
        }
        if mustStart { startThread() }
        var one: UInt64 = 1
        _ = write(wakeUps, &one, 8)
    }

    /// Lets this much time pass on a thread of a pool's own; never on a loop's.
    package static func pause(_ time: Duration) {
        guildwire_pause(max(0, time.nanosecondsClipped))
    }

    private func startThread() {
        var handle = pthread_t()
        let box = Unmanaged.passRetained(self)
        let code = pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<BlockingPool>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            },
            box.toOpaque()
        )
        guard code == 0 else { return box.release() }
        pthread_detach(handle)
    }

    private func work() {
        while true {
            state.withLock { $0.idle += 1 }
            var unit: UInt64 = 0
            let got = read(wakeUps, &unit, 8)
            let body = state.withLock { state -> (@Sendable () -> Void)? in
                state.idle -= 1
                return got == 8 && !state.queue.isEmpty ? state.queue.removeFirst() : nil
            }
            body?()
        }
    }
}

private func eventDescriptorSemaphore() -> CInt {
    let descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_SEMAPHORE))
    precondition(descriptor >= 0, "eventfd: the process is out of descriptors at its start")
    return descriptor
}

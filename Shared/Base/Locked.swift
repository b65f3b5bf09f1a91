internal import CLinux
internal import Synchronization

/// A value behind a lock, for the few things that threads share.
///
/// Wraps `Mutex` and tells ThreadSanitizer about it: TSan cannot see the futex inside `Mutex` and reports
/// races that are none. Decide inside `withLock`, act after it; never suspend or call out while holding it.
package final class Locked<Value>: Sendable {
    private let mutex: Mutex<Value>

    package init(_ value: sending Value) { mutex = Mutex(value) }

    package func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock { (value) throws(Failure) -> sending Result in
            let address = Unmanaged.passUnretained(self).toOpaque()
            guildwire_tsan_acquire(address)
            defer { guildwire_tsan_release(address) }
            return try body(&value)
        }
    }
}

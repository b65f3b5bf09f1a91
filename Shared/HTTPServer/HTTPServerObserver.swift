package import HTTPWire

/// Hears what a server did, on its loop, for metrics and logs.
package protocol HTTPServerObserver: Sendable {
    /// `route` is the pattern, never the path, so that it can be a label; nil when none matched.
    func requestFinished(route: String?, method: String, status: Int, duration: Duration)
    /// Bytes that were no acceptable request.
    func requestRefused(_ error: HTTPWireError)
    /// A connection over the limit.
    func connectionRefused()
    /// A connection cut off for being slow: past a limit, or in favour of another when there was no room.
    func connectionTimedOut(_ timeout: HTTPTimeout)
}

package enum HTTPTimeout: String, Sendable { case idle, head, body, handler, write, crowded }

extension HTTPServerObserver {
    package func requestFinished(route: String?, method: String, status: Int, duration: Duration) {}
    package func requestRefused(_ error: HTTPWireError) {}
    package func connectionRefused() {}
    package func connectionTimedOut(_ timeout: HTTPTimeout) {}
}

package struct SilentHTTPServerObserver: HTTPServerObserver {
    package init() {}
}

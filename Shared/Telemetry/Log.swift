internal import Glibc

/// Lines about what happens, each written with one write(2). Copies share the sink; any thread may write.
///
/// The text of a line is constant and the facts are fields, so that lines can be counted and searched:
/// `log.notice("gateway resumed", [.shard: "0/1", .gapSeconds: .double(gap)])`.
package struct Log: Sendable {
    /// Where whole lines go, each with its line end.
    package typealias Sink = @Sendable ([UInt8]) -> Void
    /// Microseconds since 1970.
    package typealias Clock = @Sendable () -> Int64

    package let service: String
    package let level: LogLevel
    package let format: LogFormat
    private let sink: Sink
    private let clock: Clock
    private var fields = LogFields()

    package init(
        service: String,
        level: LogLevel = .info,
        format: LogFormat = .json,
        sink: @escaping Sink = Log.standardError,
        clock: @escaping Clock = Log.wallClock
    ) {
        self.service = service
        self.level = level
        self.format = format
        self.sink = sink
        self.clock = clock
    }

    /// A log that writes nothing: for tests and for libraries without one.
    package static let silent = Log(service: "", level: .error, sink: { _ in })

    /// The same log with these facts in each line.
    package func with(_ fields: LogFields) -> Log {
        var copy = self
        copy.fields = self.fields.merging(fields)
        return copy
    }

    package func trace(_ text: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.trace, text, fields)
    }
    package func debug(_ text: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.debug, text, fields)
    }
    package func info(_ text: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.info, text, fields)
    }
    package func notice(_ text: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.notice, text, fields)
    }
    package func warning(_ text: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.warning, text, fields)
    }
    package func error(_ text: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.error, text, fields)
    }

    private func write(_ level: LogLevel, _ text: StaticString, _ more: () -> LogFields) {
        guard level >= self.level else { return }
        let line = LogLine(
            unixMicroseconds: clock(),
            level: level,
            service: service,
            text: text.description,
            fields: fields.merging(more())
        )
        sink(line.encoded(as: format))
    }
}

extension Log {
    package static let standardError: Sink = { line in
        line.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count, let start = bytes.baseAddress {
                // One call takes a whole line unless a signal or a full pipe cuts it; then the rest follows.
                let count = Glibc.write(STDERR_FILENO, start + sent, bytes.count - sent)
                if count > 0 { sent += count } else if errno != EINTR { return }
            }
        }
    }

    package static let wallClock: Clock = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

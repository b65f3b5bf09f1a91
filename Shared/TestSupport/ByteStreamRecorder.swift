internal import Base
package import EventLoop

/// Keeps what a stream told, for tests to look at from any thread.
package final class ByteStreamRecorder: ByteStreamDelegate {
    package struct Record: Sendable {
        package var connected = 0
        package var received: [UInt8] = []
        package var drained = 0
        package var closed: [StreamClose] = []
        package var callsAfterClose = 0
    }

    private let state = Locked(Record())
    private let onReceive: @Sendable (any ByteStream, [UInt8]) -> Void

    package init(onReceive: @escaping @Sendable (any ByteStream, [UInt8]) -> Void = { _, _ in }) {
        self.onReceive = onReceive
    }

    package var record: Record { state.withLock { $0 } }

    private func note(_ change: (inout Record) -> Void) {
        state.withLock { record in
            if !record.closed.isEmpty { record.callsAfterClose += 1 }
            change(&record)
        }
    }

    package func streamConnected(_ stream: any ByteStream) { note { $0.connected += 1 } }

    package func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        note { $0.received += bytes }
        onReceive(stream, bytes)
    }

    package func streamDrained(_ stream: any ByteStream) { note { $0.drained += 1 } }

    package func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        note { $0.closed.append(reason) }
    }
}

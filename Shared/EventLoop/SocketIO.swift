internal import Glibc

/// Sends and reads on descriptors that someone keeps by the thousand in a table of structs, without a stream object
/// for each: the SSE viewers.
package enum SocketIO {
    package enum Sent: Equatable, Sendable {
        /// That many bytes went; fewer than given means that the kernel takes no more now.
        case bytes(Int)
        /// The peer is gone.
        case gone
    }

    /// Sends up to two pieces of `storage` in one system call: what a ring holds where it wraps around.
    package static func send(
        _ descriptor: CInt,
        _ storage: borrowing [UInt8],
        _ first: Range<Int>,
        _ second: Range<Int> = 0..<0
    ) -> Sent {
        let total = first.count + second.count
        return storage.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, total > 0 else { return .bytes(0) }
            precondition(first.upperBound <= bytes.count && second.upperBound <= bytes.count)
            if second.isEmpty {
                // The kernel has less to read than for `sendmsg`, and most of what is sent is in one piece.
                let from = base + first.lowerBound
                return sent(
                    try? systemCall("send") {
                        Glibc.send(descriptor, from, first.count, CInt(MSG_NOSIGNAL))
                    }
                )
            }
            let mutable = UnsafeMutableRawPointer(mutating: base)
            var pieces = (
                iovec(iov_base: mutable + first.lowerBound, iov_len: first.count),
                iovec(iov_base: mutable + second.lowerBound, iov_len: second.count)
            )
            return withUnsafeMutableBytes(of: &pieces) { memory in
                var message = msghdr()
                message.msg_iov = memory.bindMemory(to: iovec.self).baseAddress
                message.msg_iovlen = 2
                return sent(try? systemCall("sendmsg") { sendmsg(descriptor, &message, CInt(MSG_NOSIGNAL)) })
            }
        }
    }

    private static func sent(_ result: SystemCallResult?) -> Sent {
        switch result {
        case .done(let count): .bytes(count)
        case .wouldBlock: .bytes(0)
        case nil: .gone
        }
    }

    /// Reads and forgets what the peer sent; false when it has closed its side.
    package static func discardInput(_ descriptor: CInt) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { buffer in
            while true {
                let result = try? systemCall("recv") { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
                switch result {
                case .done(0), nil: return false
                case .done(let count) where count == buffer.count: continue
                case .done, .wouldBlock: return true
                }
            }
        }
    }

    package enum Received: Equatable, Sendable {
        case bytes([UInt8])
        case nothing
        /// The peer has closed its side, or is gone.
        case ended
    }

    /// Reads what the peer sent, at most so much; what is left is told again.
    package static func receive(_ descriptor: CInt, bytesMax: Int = 4096) -> Received {
        withUnsafeTemporaryAllocation(byteCount: bytesMax, alignment: 16) { buffer in
            let result = try? systemCall("recv") { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
            return switch result {
            case .done(0), nil: .ended
            case .done(let count): .bytes(Array(buffer[..<count]))
            case .wouldBlock: .nothing
            }
        }
    }

    package static func close(_ descriptor: CInt) { _ = Glibc.close(descriptor) }
}

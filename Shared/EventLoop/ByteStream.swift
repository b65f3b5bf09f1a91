/// Why a stream is over.
package enum StreamClose: Sendable, Equatable {
    /// The peer ended its side in the way its protocol asks for.
    case endOfStream
    /// `close` or `closeAfterFlush` was called here.
    case local
    /// A TLS peer went away without close_notify: what came last may have been cut.
    case truncated
    /// The connection failed; the text says how.
    case failed(String)
}

/// Hears of its stream on the stream's loop, never from within a call that it made itself.
package protocol ByteStreamDelegate: AnyObject, Sendable {
    /// A client stream is ready to be written and will be read.
    func streamConnected(_ stream: any ByteStream)
    func stream(_ stream: any ByteStream, received bytes: [UInt8])
    /// Everything written has gone to the kernel, after there had been a time when it could not.
    func streamDrained(_ stream: any ByteStream)
    /// The peer has ended its side and nothing more comes, but it may still be written to. True keeps the stream, and
    /// its owner closes it; false closes it now, as `.endOfStream`, unless this call already has it closed or flushed.
    ///
    /// A peer that is gone altogether looks the same until it is written to: then the stream fails.
    func streamInputEnded(_ stream: any ByteStream) -> Bool
    /// The last call, exactly once.
    func streamClosed(_ stream: any ByteStream, reason: StreamClose)
}

extension ByteStreamDelegate {
    /// Most protocols have nothing to say to a peer that has hung up.
    package func streamInputEnded(_ stream: any ByteStream) -> Bool { false }
}

/// A connection of bytes that lives on one loop; every member is for that loop's thread only.
///
/// The stream queues without bound: its owner looks at `queuedBytes` and decides what a slow peer means.
package protocol ByteStream: AnyObject, Sendable {
    var loop: EventLoop { get }
    /// Kept strongly until the stream closed.
    var delegate: (any ByteStreamDelegate)? { get set }
    /// The peer's address as text, without the port.
    var remoteAddress: String { get }
    /// Bytes written that the kernel has not taken yet.
    var queuedBytes: Int { get }
    /// Sent at the end of the loop's turn, together with what else is written in it.
    func write(_ bytes: [UInt8])
    func pauseReading()
    func resumeReading()
    /// Closes at once; what is queued is lost.
    func close()
    /// Closes when everything queued has been sent; reads no more.
    func closeAfterFlush()
}

internal import HTTPWire

extension HTTPLimits {
    /// Small enough that short inputs reach every limit.
    static let tight = {
        var limits = HTTPLimits()
        limits.startLineBytesMax = 40
        limits.headerLineBytesMax = 30
        limits.headersMax = 3
        limits.headBytesMax = 90
        limits.bodyBytesMax = 20
        limits.chunkLineBytesMax = 8
        return limits
    }()
}

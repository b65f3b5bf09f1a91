import EventLoop
import Glibc

/// A client on a bare, blocking socket: our streams have no way to end one direction alone.
final class HalfClosingClient: Sendable {
    private let descriptor: CInt

    init(port: Int) {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, size)
            }
        }
        precondition(result == 0, "the server listens")
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(Glibc.send(descriptor, bytes, bytes.count, 0) == bytes.count, "little fits at once")
    }

    func endInput() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// What the server sends until it closes.
    func everything() async throws -> String {
        let descriptor = descriptor
        let bytes = try await BlockingPool.shared.run {
            var bytes: [UInt8] = []
            while true {
                var piece = [UInt8](repeating: 0, count: 65_536)
                let count = recv(descriptor, &piece, piece.count, 0)
                guard count > 0 else { return bytes }
                bytes += piece[..<count]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

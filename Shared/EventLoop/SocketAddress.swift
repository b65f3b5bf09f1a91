internal import CLinux
internal import Glibc

/// An address as the kernel takes it.
struct SocketAddress: Sendable {
    private var storage = sockaddr_storage()
    private var length: socklen_t = 0

    private init() {}

    /// Resolves; blocks, unless `host` is numeric. Throws what getaddrinfo says.
    static func resolve(host: String, port: Int, passive: Bool = false) throws(ResolveError)
        -> [SocketAddress]
    {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | (passive ? AI_PASSIVE : 0)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            throw ResolveError(host: host, reason: String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let info = next {
            if let address = info.pointee.ai_addr {
                addresses.append(SocketAddress(address, info.pointee.ai_addrlen))
            }
            next = info.pointee.ai_next
        }
        return addresses
    }

    private init(_ address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t) {
        self.length = length
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
        }
    }

    var family: CInt { CInt(storage.ss_family) }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// Fills an address by `getsockname`, `accept` and the like.
    static func filled(
        by body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> (address: SocketAddress, result: CInt) {
        var address = SocketAddress()
        address.length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var length = address.length
        let result = withUnsafeMutablePointer(to: &address.storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
        address.length = length
        return (address, result)
    }

    /// Numeric host, without port; IPv4 mapped into IPv6 is shown as IPv4.
    var host: String {
        if let text = fourNumbers { return text }
        let text = numeric.host
        return text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text
    }

    /// An IPv4 address' text: every connection has one made, and `getnameinfo` costs thirty times more.
    private var fourNumbers: String? {
        guard family == AF_INET else { return nil }
        return withUnsafeBytes(of: storage) { bytes in
            // Behind the family and the port.
            let numbers = bytes[4..<8]
            return String(unsafeUninitializedCapacity: 16) { text in
                var count = 0
                for number in numbers {
                    var place: UInt8 = number >= 100 ? 100 : number >= 10 ? 10 : 1
                    while place > 0 {
                        text[count] = UInt8(ascii: "0") + number / place % 10
                        count += 1
                        place /= 10
                    }
                    text[count] = UInt8(ascii: ".")
                    count += 1
                }
                // But for the last dot.
                return count - 1
            }
        }
    }

    var port: Int { Int(numeric.port) ?? 0 }

    private var numeric: (host: String, port: String) {
        var host = [CChar](repeating: 0, count: 64)
        var port = [CChar](repeating: 0, count: 8)
        let code = withPointer { address, length in
            getnameinfo(address, length, &host, 64, &port, 8, NI_NUMERICHOST | NI_NUMERICSERV)
        }
        guard code == 0 else { return ("unknown", "0") }
        return (Self.text(host), Self.text(port))
    }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A host name that could not be resolved.
package struct ResolveError: Error, CustomStringConvertible {
    package let host: String
    package let reason: String
    package var description: String { "cannot resolve \(host): \(reason)" }
}

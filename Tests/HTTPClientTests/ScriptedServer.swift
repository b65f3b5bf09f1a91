import Base
import Glibc

/// A server on a thread of its own that takes connections on a loopback port and answers each with fixed bytes.
final class ScriptedServer: Sendable {
    let port: Int
    private let descriptor: CInt
    private let answer: [UInt8]?
    private let heard = Locked<[String]>([])

    struct Failure: Error { let code: CInt }

    /// Without an answer the server reads and says nothing.
    init(answer: String?) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        self.answer = answer.map { Array($0.utf8) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        guard bound else { throw Failure(code: errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ScriptedServer>.fromOpaque(argument).takeRetainedValue().serve()
                return nil
            },
            box.toOpaque()
        )
        pthread_detach(thread)
    }

    var url: String { "http://127.0.0.1:\(port)" }
    /// Heads and bodies of the requests so far.
    var requests: [String] { heard.withLock { $0 } }

    /// Ends the thread.
    func stop() { shutdown(descriptor, CInt(SHUT_RDWR)) }

    private func serve() {
        while case let connection = accept(descriptor, nil, nil), connection >= 0 {
            let request = Self.read(connection)
            heard.withLock { $0.append(request) }
            guard let answer else { continue }
            var sent = 0
            while sent < answer.count {
                let count = answer.withUnsafeBytes { bytes in
                    send(
                        connection,
                        bytes.baseAddress.map { $0 + sent },
                        answer.count - sent,
                        CInt(MSG_NOSIGNAL)
                    )
                }
                guard count > 0 else { break }
                sent += count
            }
            close(connection)
        }
        close(descriptor)
    }

    /// A head and the body that its Content-Length announces.
    private static func read(_ connection: CInt) -> String {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(connection, &buffer, buffer.count, 0), count > 0 {
            text += String(decoding: buffer[..<count], as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let length = text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
            let expected = length.flatMap { Int($0.dropFirst(16)) } ?? 0
            if text[end.upperBound...].utf8.count >= expected { return text }
        }
        return text
    }
}

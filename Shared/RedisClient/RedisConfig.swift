package import Base
package import TLS

/// Where a Redis is and how to be let in.
package struct RedisConfig: Sendable, Equatable {
    package var host: String
    package var port = 6379
    package var username: String?
    package var password: Secret?
    package var database = 0
    /// Whose certificates are believed; nil: no TLS.
    package var tls: TLSTrust?
    /// A connection whose oldest command has waited this long is given up.
    package var replyTimeout: Duration = .seconds(5)
    package var connectTimeout: Duration = .seconds(5)
    /// Commands that may wait for their reply on one connection.
    package var commandsInFlightMax = 10_000
    /// Bytes that may wait to be sent on one connection.
    package var queuedBytesMax = 64 << 20
    /// Times between attempts to connect.
    package var backoff = Backoff(base: .milliseconds(100), limit: .seconds(5))

    package init(host: String, port: Int = 6379) {
        self.host = host
        self.port = port
    }

    /// Reads `redis://[[user]:password@]host[:port][/database]`; user and password may be percent-encoded.
    ///
    /// `rediss://` is the same over TLS, with the certificate checked for the host; `?cacert=FILE` behind it believes the
    /// authorities in that PEM file instead of the machine's.
    package init(url: String) throws(RedisURLError) {
        guard let schemeEnd = url.firstRange(of: "://") else { throw RedisURLError(problem: "has no scheme") }
        var tls: TLSTrust?
        switch url[..<schemeEnd.lowerBound] {
        case "redis": break
        case "rediss": tls = .system
        default: throw RedisURLError(problem: "must begin with redis:// or rediss://")
        }
        var rest = url[schemeEnd.upperBound...]
        if let mark = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) {
            let file = try Self.authorities(rest[mark...])
            guard tls != nil else { throw RedisURLError(problem: "names a cacert, which is for rediss://") }
            tls = .pemFile(file)
            rest = rest[..<mark]
        }
        var database = 0
        if let slash = rest.firstIndex(of: "/") {
            database = try Self.database(rest[rest.index(after: slash)...])
            rest = rest[..<slash]
        }
        var username: String?
        var password: Secret?
        if let at = rest.lastIndex(of: "@") {
            (username, password) = try Self.credentials(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        let (host, port) = try Self.address(rest)
        self.init(host: host, port: port)
        self.username = username
        self.password = password
        self.database = database
        self.tls = tls
    }

    private static func authorities(_ parameters: Substring) throws(RedisURLError) -> String {
        let name = "?cacert="
        guard parameters.hasPrefix(name), !parameters.contains("&"), !parameters.contains("#") else {
            throw RedisURLError(problem: "has parameters that are not known; there is cacert alone")
        }
        guard let file = percentDecoded(parameters.dropFirst(name.count)), !file.isEmpty else {
            throw RedisURLError(problem: "must name a file as cacert")
        }
        return file
    }

    private static func database(_ text: Substring) throws(RedisURLError) -> Int {
        guard !text.isEmpty else { return 0 }
        guard let number = UInt64(decimal: text.utf8), number < 1 << 16 else {
            throw RedisURLError(problem: "must name a database by its number")
        }
        return Int(number)
    }

    private static func credentials(_ text: Substring) throws(RedisURLError) -> (String?, Secret?) {
        guard let colon = text.firstIndex(of: ":") else {
            throw RedisURLError(problem: "names a user without a password")
        }
        guard let user = percentDecoded(text[..<colon]),
            let password = percentDecoded(text[text.index(after: colon)...])
        else { throw RedisURLError(problem: "has a user or password that is not percent-encoded properly") }
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : Secret(password))
    }

    private static func address(_ text: Substring) throws(RedisURLError) -> (String, Int) {
        var host = text
        var port = 6379
        let bracket = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[bracket...].lastIndex(of: ":") {
            guard let number = UInt64(decimal: text[text.index(after: colon)...].utf8), (1...65535) ~= number
            else { throw RedisURLError(problem: "has a port that is no number from 1 to 65535") }
            port = Int(number)
            host = text[..<colon]
        }
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw RedisURLError(problem: "has no host") }
        return (String(host), port)
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

/// What is wrong with a Redis URL; never shows the URL, which may hold a password.
package struct RedisURLError: Error, Equatable, CustomStringConvertible {
    package let problem: String
    package var description: String { problem }
}

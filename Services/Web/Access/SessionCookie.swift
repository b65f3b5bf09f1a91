package import HTTPWire

/// The cookie that a session is carried in.
package enum SessionCookie {
    package static let name = "guildwire_session"

    /// Of the value. What browsers keep of one cookie, name and all; ours has some 200.
    package static let bytesMax = 4_096

    /// The request's session cookie, nil where there is none; reads `Cookie` as browsers write it (RFC 6265 section 5.4):
    /// `a=1; guildwire_session=…; b=2`. Others' cookies are passed over, whatever they look like.
    package static func value(in headers: HTTPHeaders) throws(SessionRefusal) -> [UInt8]? {
        var found: ArraySlice<UInt8>?
        for field in headers.values("cookie") {
            var rest = field
            while !rest.isEmpty {
                let pair = rest.prefix { $0 != UInt8(ascii: ";") }
                rest = rest[pair.endIndex...].dropFirst()
                let name = pair.drop { $0 == 0x20 || $0 == 0x09 }
                guard name.starts(with: prefix) else { continue }
                guard found == nil else { throw .ambiguous }
                found = name.dropFirst(prefix.count)
            }
        }
        guard let found else { return nil }
        guard found.count <= bytesMax else { throw .tooLong }
        return Array(found)
    }

    private static let prefix = Array("\(name)=".utf8)

    /// `Set-Cookie` that gives it. `seconds` from now it counts no more.
    package static func setting(_ value: String, seconds: Int64, isSecure: Bool) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    }

    /// `Set-Cookie` that makes a browser forget it.
    package static let removal = "\(name)=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
}

package import HTTPWire

/// Where a request carries a key.
package enum KeyToken {
    /// Of a key's text. One with 20 channels and 20 kinds has some 2,800.
    package static let bytesMax = 4_096
    /// Of the query.
    package static let item = "key"

    /// The request's key: `Authorization: Bearer <key>` or, where `isInQuery`, `?key=`. Nil where there is none; other
    /// schemes of `Authorization` are others' business, such as a proxy's.
    package static func value(in head: HTTPRequestHead, isInQuery: Bool) throws(KeyRefusal) -> [UInt8]? {
        let inHeader = try value(in: head.headers)
        guard isInQuery else { return inHeader }
        let items = head.queryItems(item)
        guard let first = items.first else { return inHeader }
        guard items.count == 1, inHeader == nil else { throw .ambiguous }
        guard first.utf8.count <= bytesMax else { throw .tooLong }
        return Array(first.utf8)
    }

    package static func value(in headers: HTTPHeaders) throws(KeyRefusal) -> [UInt8]? {
        var found: ArraySlice<UInt8>?
        var count = 0
        for field in headers.values("authorization") {
            count += 1
            guard let token = bearer(field) else { continue }
            found = token
        }
        guard let found else { return nil }
        guard count == 1 else { throw .ambiguous }
        guard found.count <= bytesMax else { throw .tooLong }
        return Array(found)
    }

    /// What stands behind `Bearer` and blanks; names of schemes have no case (RFC 9110 section 11.1).
    private static func bearer(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let rest = field.drop { $0 == 0x20 || $0 == 0x09 }
        let name = rest.prefix(scheme.count)
        guard name.count == scheme.count, zip(name, scheme).allSatisfy({ $0 | 0x20 == $1 }) else {
            return nil
        }
        let behind = rest.dropFirst(scheme.count)
        guard let first = behind.first else { return behind }
        guard first == 0x20 || first == 0x09 else { return nil }
        return behind.drop { $0 == 0x20 || $0 == 0x09 }
    }

    private static let scheme = Array("bearer".utf8)
}

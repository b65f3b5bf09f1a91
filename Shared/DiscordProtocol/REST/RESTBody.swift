/// What goes over the wire of a request's query, body and reason.
package enum RESTBody {
    /// Of a whole request, as Discord has it.
    package static let bytesMax = 25 << 20
    package static let reasonCharactersMax = 512

    /// A body as it is sent.
    package struct Encoded: Sendable, Equatable {
        package let bytes: [UInt8]
        package let contentType: String
    }

    /// Nil where there is none. `boundary` makes candidates; the first that stands nowhere in the content is taken.
    package static func encoded(_ body: RESTRequest.Body, boundary: () -> String) -> Encoded? {
        switch body {
        case .none: nil
        case .json(let bytes): Encoded(bytes: bytes, contentType: "application/json")
        case .multipart(let json, let files): multipart(json, files, boundary)
        }
    }

    /// How many bytes a body has at least, before anything is copied.
    package static func size(_ body: RESTRequest.Body) -> Int {
        switch body {
        case .none: 0
        case .json(let bytes): bytes.count
        case .multipart(let json, let files): files.reduce(json.count) { $0 + $1.bytes.count }
        }
    }

    /// RFC 7578: `payload_json`, then `files[0]`, `files[1]`, …
    private static func multipart(
        _ json: [UInt8],
        _ files: [RESTRequest.File],
        _ makeBoundary: () -> String
    ) -> Encoded {
        var boundary = token(makeBoundary())
        while ([json] + files.map(\.bytes)).contains(where: { holds($0, boundary) }) {
            boundary = token(makeBoundary())
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size(.multipart(json: json, files: files)) + 512 * (files.count + 1))
        func part(_ disposition: String, _ type: String, _ content: [UInt8]) {
            bytes += "--\(boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n".utf8
            bytes += "Content-Type: \(type)\r\n\r\n".utf8
            bytes += content
            bytes += "\r\n".utf8
        }
        part("name=\"payload_json\"", "application/json", json)
        for (number, file) in files.enumerated() {
            let name = "name=\"files[\(number)]\"; filename=\"\(quoted(file.name))\""
            part(name, mediaType(file.contentType), file.bytes)
        }
        bytes += "--\(boundary)--\r\n".utf8
        return Encoded(bytes: bytes, contentType: "multipart/form-data; boundary=\(boundary)")
    }

    /// RFC 2046: 1 to 70 characters of a set; here letters and digits.
    private static func token(_ text: String) -> String {
        let kept = text.utf8.filter { isAlphanumeric($0) }.prefix(60)
        return "guildwire-" + String(decoding: kept, as: UTF8.self)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    private static func holds(_ content: [UInt8], _ boundary: String) -> Bool {
        let wanted = Array(boundary.utf8)
        guard content.count >= wanted.count else { return false }
        for start in 0...content.count - wanted.count where content[start] == wanted[0] {
            if content[start..<start + wanted.count].elementsEqual(wanted) { return true }
        }
        return false
    }

    /// As browsers write it (HTML, "multipart/form-data encoding algorithm"): a quote or a line's end would end the field.
    private static func quoted(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\"": text += "%22"
            case "\r": text += "%0D"
            case "\n": text += "%0A"
            default: if scalar.value >= 0x20, scalar.value != 0x7F { text.unicodeScalars.append(scalar) }
            }
        }
        return text
    }

    /// `type/subtype` with parameters; anything that could be more than a field's value is sent as bytes of no known type.
    private static func mediaType(_ type: String) -> String {
        let isPlain = !type.isEmpty && type.utf8.allSatisfy { 0x20...0x7E ~= $0 } && type.contains("/")
        return isPlain ? type : "application/octet-stream"
    }

    // MARK: Beside the body

    /// `?a=1&b=2`, or nothing.
    package static func query(_ items: [(name: String, value: String)]) -> String {
        guard !items.isEmpty else { return "" }
        let pairs = items.map { RESTRoute.encoded($0.name) + "=" + RESTRoute.encoded($0.value) }
        return "?" + pairs.joined(separator: "&")
    }

    /// `X-Audit-Log-Reason`: URL-encoded UTF-8; nil where nothing is left of it.
    package static func reason(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        // Discord counts code points of some kind; scalars are the most that it can be by.
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.prefix(reasonCharactersMax))
        return RESTRoute.encoded(String(scalars))
    }
}

internal import HTTPServer
internal import HTTPWire
internal import JSON

/// A file that came with a request.
package struct UploadedFile: Sendable, Equatable {
    package let field: String
    package let name: String
    package let type: String?
    package let byteCount: Int
}

/// The bodies that the API takes: JSON, `multipart/form-data` with `payload_json` and `files[n]`, and URL-encoded forms.
enum FormBody {
    /// Nil: neither a JSON object nor such a form. A form without `payload_json` has an object of its plain parts.
    static func read(_ request: HTTPRequest) -> (fields: JSONFields, files: [UploadedFile])? {
        let type = request.headers["content-type"] ?? ""
        guard type.lowercased().hasPrefix("multipart/form-data") else {
            let fields = try? JSONFields(JSONDocument(parsing: request.body).root)
            return fields.map { ($0, []) }
        }
        guard let mark = type.firstRange(of: "boundary=") else { return nil }
        let boundary = type[mark.upperBound...].prefix { $0 != ";" }.filter { $0 != "\"" }
        guard !boundary.isEmpty, let parts = parts(request.body, boundary: Array("--\(boundary)".utf8)) else {
            return nil
        }
        var fields = JSONFields()
        var files: [UploadedFile] = []
        for part in parts {
            guard let name = parameter("name", part.disposition) else { return nil }
            if let file = parameter("filename", part.disposition) {
                files.append(
                    UploadedFile(field: name, name: file, type: part.type, byteCount: part.body.count)
                )
            } else if name == "payload_json" {
                guard let given = try? JSONFields(JSONDocument(parsing: Array(part.body)).root) else {
                    return nil
                }
                fields.merge(given)
            } else {
                fields.set(name, String(decoding: part.body, as: UTF8.self))
            }
        }
        return (fields, files)
    }

    private struct Part {
        var disposition = ""
        var type: String?
        let body: ArraySlice<UInt8>
    }

    private static func parts(_ bytes: [UInt8], boundary: [UInt8]) -> [Part]? {
        var parts: [Part] = []
        guard var from = find(boundary, in: bytes, from: 0) else { return nil }
        while true {
            let start = from + boundary.count
            if bytes[start...].starts(with: [0x2D, 0x2D]) { return parts }
            guard let next = find([0x0D, 0x0A] + boundary, in: bytes, from: start),
                let blank = find([0x0D, 0x0A, 0x0D, 0x0A], in: bytes, from: start), blank < next
            else { return nil }
            var part = Part(body: bytes[(blank + 4)..<next])
            let head = String(decoding: bytes[start..<blank], as: UTF8.self)
            for line in head.split(separator: "\r\n") {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                switch line[..<colon].lowercased() {
                case "content-disposition": part.disposition = String(value)
                case "content-type": part.type = String(value)
                default: break
                }
            }
            parts.append(part)
            from = next + 2
        }
    }

    private static func find(_ pattern: [UInt8], in bytes: [UInt8], from: Int) -> Int? {
        guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
        var place = from
        while place <= bytes.count - pattern.count {
            guard let hit = bytes[place...].firstIndex(of: first) else { return nil }
            if bytes[hit...].starts(with: pattern) { return hit }
            place = hit + 1
        }
        return nil
    }

    private static func parameter(_ name: String, _ disposition: String) -> String? {
        for part in disposition.split(separator: ";").dropFirst() {
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if pair.count == 2, pair[0] == name { return pair[1].filter { $0 != "\"" } }
        }
        return nil
    }

    /// `application/x-www-form-urlencoded`; of duplicates the first. What cannot be decoded is left out.
    static func urlEncoded(_ body: [UInt8]) -> [String: String] {
        var values: [String: String] = [:]
        for item in body.split(separator: UInt8(ascii: "&")) {
            let equals = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            guard let name = decoded(item[..<equals]), let value = decoded(item[equals...].dropFirst()) else {
                continue
            }
            values[name] = values[name] ?? value
        }
        return values
    }

    private static func decoded(_ raw: ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = raw
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

internal import Base
internal import Compression
internal import HTTPWire

/// Which coding a file is sent in: RFC 9110 sections 8.4 and 12.5.3.
enum ContentCoding {
    /// A smaller file gains nothing: it is one packet either way.
    static let bytesMin = 1024

    /// The file in gzip, where that makes it smaller by a tenth. Pictures and fonts are compressed already.
    static func gzip(_ bytes: [UInt8], type: String) -> [UInt8]? {
        guard bytes.count >= bytesMin, isText(type), let packed = Gzip.compressed(bytes) else { return nil }
        return packed.count < bytes.count - bytes.count / 10 ? packed : nil
    }

    static func isText(_ type: String) -> Bool {
        type.hasPrefix("text/") || type.hasPrefix("application/json") || type.hasPrefix("image/svg+xml")
    }

    /// Whether the client takes gzip: named, or by `*`, with a weight other than 0. Without the field nobody said so.
    static func acceptsGzip(_ headers: HTTPHeaders) -> Bool {
        var others: Bool?
        for value in headers.all("accept-encoding") {
            for part in value.split(separator: ",") {
                let pieces = part.split(separator: ";").map {
                    $0.filter { $0 != " " && $0 != "\t" }.lowercased()
                }
                let isWanted = !pieces.dropFirst().contains { weight in
                    weight.hasPrefix("q=0") && weight.dropFirst(3).allSatisfy { $0 == "." || $0 == "0" }
                }
                switch pieces.first {
                case "gzip", "x-gzip": return isWanted
                case "*": others = isWanted
                default: break
                }
            }
        }
        return others ?? false
    }
}

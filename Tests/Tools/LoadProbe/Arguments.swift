import Base

/// What the probe is told on its command line.
struct Arguments {
    /// Replicas, `http://host:port`; viewers are spread over them.
    var urls: [String] = []
    /// The simulator's control API, to compare with what it sent.
    var control = ""
    /// Who looks, in turn: viewer n is of group n modulo their number. Without a file one group, without a cookie.
    var groups = [ViewerGroup()]
    /// Folder for all that the viewers receive, instead of a comparison.
    var record: String?
    var viewers = 100
    var seconds = 10

    struct Unusable: Error, CustomStringConvertible { let description: String }

    static let usage = """
        usage: LoadProbe --url http://127.0.0.1:3000 [--url …] --viewers N [--groups FILE]
                         (--control http://127.0.0.1:8091 --seconds S | --record FOLDER)
        Follows /api/stream with N viewers for S seconds and compares what each received with what the simulator sent;
        or until SIGTERM, and writes what each received into FOLDER. FILE has a line for each group of viewers:
        {"cookie":"guildwire_session=…","query":"guild=1"}, both may be left out; viewers belong to them in turn.
        """

    init(_ words: [String]) throws {
        var rest = words[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Unusable(description: "\(name) needs a value") }
            switch name {
            case "--url": urls.append(value)
            case "--control": control = value
            case "--record": record = value
            case "--groups": groups = try ViewerGroup.read(value)
            case "--viewers": viewers = try Self.number(value, 1...100_000)
            case "--seconds": seconds = try Self.number(value, 1...3_600)
            default: throw Unusable(description: "\(name) is not known")
            }
        }
        guard !urls.isEmpty, control.isEmpty == (record != nil) else {
            throw Unusable(description: "--url and one of --control and --record are needed")
        }
    }

    private static func number(_ text: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw Unusable(
                description: "\(text) is not a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// Host and port of an `http://` address.
    static func address(_ url: String) throws -> (host: String, port: Int) {
        let rest = url.hasPrefix("http://") ? url.dropFirst(7) : url[...]
        let parts = rest.prefix { $0 != "/" }.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]) else {
            throw Unusable(description: "\(url) has no port")
        }
        return (String(parts[0]), port)
    }
}

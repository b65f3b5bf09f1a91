/// Something that may not stand in code, with what to use instead.
struct Ban: Sendable {
    let pattern: String
    /// One of these stands in every match: searching for them is a hundred times quicker than the pattern.
    let needles: [String]
    /// Folders and files that are looked at; everywhere when empty.
    var within: [String] = []
    /// Folders and files that may.
    var except: [String] = []
    let use: String
    /// Whether comments count too.
    var readsComments = false
    /// The suffix of the files looked at.
    var suffix = ".swift"
    /// A line that shows the ban at work.
    let example: String

    func findings(in files: [SourceFile]) -> [Finding] {
        // A pattern that is none finds nothing, which the self-test notices.
        guard let regex = try? Regex(pattern) else { return [] }
        return files.filter(isLookedAt).flatMap { file in
            // In a file without any of them nothing can match.
            guard needles.contains(where: file.holds) else { return [Finding]() }
            return file.lines.enumerated().compactMap { number, line in
                guard needles.contains(where: line.contains) else { return nil }
                let looked = readsComments ? line[...] : SourceFile.code(line)
                guard let match = looked.firstMatch(of: regex) else { return nil }
                return Finding(path: file.path, line: number + 1, text: "\(looked[match.range]): use \(use)")
            }
        }
    }

    private func isLookedAt(_ file: SourceFile) -> Bool {
        file.path.hasSuffix(suffix) && (within.isEmpty || file.isWithin(within)) && !file.isWithin(except)
            && !file.isWithin(["Tests/Tidy"])
    }
}

extension Ban {
    /// Targets that call C.
    static let boundary = [
        "Shared/Base", "Shared/EventLoop", "Shared/TLS", "Shared/Crypto", "Shared/Compression",
        "Shared/RedisClient",
        "Shared/PostgresClient", "Shared/Telemetry", "Shared/Configuration", "Shared/Lifecycle",
        "Shared/HTTPServer", "Shared/TestSupport",
    ]

    /// Files on disk that a service owns: appended to, flushed, locked, renamed into place.
    static let files = ["Services/Gateway/Files"]

    /// Bytes and values in, values out.
    static let pure = [
        "Shared/JSON", "Shared/HTTPWire", "Shared/WebSocketWire", "Shared/EventModels", "Shared/LinkProtocol",
        "Shared/DiscordProtocol",
    ]

    /// What reads and writes a text many times a dispatch, through views and buffers that are safe to use.
    static let borrowing = [
        "JSONBuffer", "JSONUnescape", "JSONView", "JSONWriter", "JSONWriter+Members", "PlainText",
        "TapeBuffer",
    ].map { "Shared/JSON/\($0).swift" }

    /// Where a task is begun outside a group, each for a reason that its file gives.
    static let taskStarters = [
        "Shared/HTTPServer", "Shared/Lifecycle/RunService.swift", "Shared/EventBus", "Shared/RedisClient",
        "Shared/PostgresClient", "Shared/WebSocketTransport", "Services", "Tests",
    ]

    static let all: [Ban] = languages + concurrency + purity + house + browser

    private static let languages = [
        Ban(
            pattern: #"import Glibc\b"#,
            needles: ["import Glibc"],
            except: boundary + ["Shared/TestSupport", "Tests"] + files,
            use: "EventLoop, or another target that calls C",
            example: "internal import Glibc"
        ),
        Ban(
            pattern: #"import (Foundation|FoundationNetworking|Dispatch)\b"#,
            needles: ["import Foundation", "import Dispatch"],
            except: ["Shared/HTTPClient"],
            use: "the standard library, or FoundationEssentials where a date is needed",
            example: "import Foundation"
        ),
        Ban(
            pattern: #"@testable\b"#,
            needles: ["@testable"],
            use: "package access",
            example: "@testable import Base"
        ),
        Ban(
            pattern: #"@inlinable\b"#,
            needles: ["@inlinable"],
            use: "nothing: it drags imports along",
            example: "@inlinable func a() {}"
        ),
        Ban(
            pattern: #"\btry!|\bas!"#,
            needles: ["try!", "as!"],
            use: "an error",
            example: "let a = try! b()"
        ),
        Ban(
            pattern:
                #"^\s*(public|open) (final |static |class |struct |enum |func |var |let |init|actor |protocol )"#,
            needles: ["public ", "open "],
            use: "package access",
            example: "public struct A {}"
        ),
        Ban(
            pattern: #"\bprint\("#,
            needles: ["print("],
            within: ["Shared", "Services"],
            except: ["Services/Simulator/App.swift"],  // Its --help.
            use: "Telemetry's Log",
            example: "print(token)"
        ),
    ]

    private static let concurrency = [
        Ban(
            pattern: #"\b(ContinuousClock|SuspendingClock)\b"#,
            needles: ["ContinuousClock", "SuspendingClock"],
            except: ["Shared/EventLoop"],
            use: "a `now:` parameter or MonotonicClock",
            example: "let clock = ContinuousClock()"
        ),
        Ban(
            pattern: #"\b(NSLock|DispatchSemaphore|pthread_mutex_\w+)\b"#,
            needles: ["NSLock", "DispatchSemaphore", "pthread_mutex_"],
            use: "Base.Locked",
            example: "let a = NSLock()"
        ),
        Ban(
            pattern: #"@unchecked Sendable|nonisolated\(unsafe\)"#,
            needles: ["@unchecked", "nonisolated(unsafe)"],
            except: ["Shared/EventLoop", "Shared/TLS"],
            use: "Locked, an actor or a value",
            example: "final class A: @unchecked Sendable {}"
        ),
        Ban(
            pattern: #"(^|[^\w.])Task(\.detached)?(\(\w+: [^)]*\))? \{"#,
            needles: ["Task {", "Task(", "Task.detached"],
            except: taskStarters,
            use: "a task group",
            example: "        Task { await run() }"
        ),
        Ban(
            pattern: #"\bwith(Checked|Unsafe)ThrowingContinuation\b"#,
            needles: ["ThrowingContinuation"],
            within: ["Services", "Shared", "Tests/Tools"],
            use: "a continuation of a Result: see BlockingPool.run",
            example: "try await withCheckedThrowingContinuation { waiter = $0 }"
        ),
        Ban(
            pattern: #"\bTask\.detached\b"#,
            needles: ["Task.detached"],
            use: "a task group",
            example: "Task.detached { await run() }"
        ),
        Ban(
            pattern: #"\bMainActor\b"#,
            needles: ["MainActor"],
            use: "an actor on an EventLoop: the main thread waits for signals and runs no jobs",
            example: "@MainActor final class A {}"
        ),
        Ban(
            pattern: #"static func main\(\) async(?!.*\{\}\s*\}?$)"#,
            needles: ["static func main("],
            within: ["Services"],
            use: "a synchronous main with runService: an async one cannot hold off signals",
            example: "    static func main() async throws {"
        ),
        Ban(
            pattern: #"\bTask\.sleep\b|\b(u|nano)?sleep\("#,
            needles: ["sleep"],
            within: ["Tests", "Shared/TestSupport"],
            except: ["Tests/Tools", "Shared/TestSupport/Eventually.swift"],
            use: "TestSupport's eventually, or time that the test drives",
            example: "try await Task.sleep(for: .seconds(1))"
        ),
    ]

    private static let purity = [
        Ban(
            pattern: #"\bunsafe\b|\bUnsafe\w+"#,
            needles: ["nsafe"],
            within: pure,
            except: borrowing,
            use: "arrays and slices",
            example: "unsafe read(a)"
        ),
        Ban(
            pattern: #"\basync\b|\bawait\b|^\s*(\w+ )?actor "#,
            needles: ["async", "await", "actor "],
            within: pure,
            use: "a value that is told what happens",
            example: "package func read() async {}"
        ),
        Ban(
            pattern:
                #"SystemRandomNumberGenerator|\.random\(in: [^,)]*\)|\.randomElement\(\)|\.shuffled\(\)"#,
            needles: ["SystemRandom", ".random(", ".randomElement(", ".shuffled("],
            within: pure,
            use: "randomness as a parameter",
            example: "let a = Int.random(in: 0..<9)"
        ),
        Ban(
            pattern: #"import (EventLoop|Telemetry|Configuration|FoundationEssentials)\b"#,
            needles: ["import "],
            within: pure,
            use: "`now:` and values",
            example: "internal import EventLoop"
        ),
    ]

    private static let house = [
        // In pieces, so that this file obeys itself.
        Ban(
            pattern: #"(^|[^\w.~-])/(work|root|home)/"#,
            needles: ["/work", "/root", "/home"],
            use: "a path from the package's root",
            readsComments: true,
            suffix: "",
            example: "cd /" + "work/main"
        ),
        Ban(
            pattern: #"\b(TO"# + #"DO|FIX"# + #"ME|XXX|HACK)\b"#,
            needles: ["TO" + "DO", "FIX" + "ME", "XXX", "HACK"],
            use: "an issue",
            readsComments: true,
            suffix: "",
            example: "later: TO" + "DO"
        ),
    ]

    private static let browser = [
        Ban(
            pattern: #"\.outerHTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function\("#,
            needles: ["outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function("],
            within: ["Services/Web/Public"],
            use: "textContent and elements",
            suffix: ".js",
            example: "row.insertAdjacentHTML('beforeend', text)"
        ),
        Ban(
            pattern: #"(^|[^\w.])fetch\("#,
            needles: ["fetch("],
            within: ["Services/Web/Public"],
            except: ["Services/Web/Public/shared/stream.js", "Services/Web/Public/shared/api.js"],
            use: "shared/stream.js for events, shared/api.js for all else",
            suffix: ".js",
            example: "await fetch('/api/ready')"
        ),
    ]
}

import EventLoop
import EventModels
import Lifecycle

/// Follows `/api/stream` with many viewers and compares what they received with what the simulator sent.
@main struct App {
    static func main() {
        runProcess("load-probe") { try await run() }
    }

    private static func run() async throws {
        let arguments: Arguments
        do {
            arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("\(error)\n\(Arguments.usage)")
            throw error
        }
        let loop = try EventLoop(name: "probe")
        if let folder = arguments.record {
            return try await Recording(arguments, folder: folder, loop: loop).run()
        }
        let (groups, viewers) = (arguments.groups, arguments.viewers)
        let audience = Audience(loop: loop, viewers: viewers, groups: groups.count)
        await audience.open(try arguments.urls.map(Arguments.address), groups: groups, viewers: viewers)
        for _ in 0..<600 where await !audience.record.allStarted {
            try await Task.sleep(for: .milliseconds(50))
        }
        guard await audience.record.allStarted else {
            print("not every viewer got its snapshot within 30 s")
            throw NotClean()
        }
        print("\(arguments.viewers) viewers have their snapshot; measuring for \(arguments.seconds) s")
        try await Task.sleep(for: .seconds(arguments.seconds))
        // What is under way at the end has two seconds to arrive; only events up to here count.
        let end = await audience.record.ids.max() ?? EventID(epoch: 0, number: 0)
        try await Task.sleep(for: .seconds(2))
        await audience.close()
        let (host, port) = try Arguments.address(arguments.control)
        let sent = try SentLog(
            try await SmallClient(loop: loop).get(host: host, port: port, target: "/control/log")
        )
        let report = Report(await audience.record, sent, upTo: end)
        print(report.text)
        if !report.isClean { throw NotClean() }
    }

    /// Something was lost, repeated or out of order; the report says what. Ends the process with a status other than 0.
    struct NotClean: Error {}
}

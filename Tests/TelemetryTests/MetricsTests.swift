import Base
import Glibc
import Telemetry
import Testing

@Suite struct MetricsTests {
    private func text(_ metrics: Metrics) -> String { String(decoding: metrics.render(), as: UTF8.self) }

    @Test func `the same name and labels give the same instrument`() {
        let metrics = Metrics()
        metrics.counter("events_total", help: "Events.", labels: [("kind", "a")]).increment()
        metrics.counter("events_total", help: "Events.", labels: [("kind", "a")]).increment(by: 2)
        metrics.counter("events_total", help: "Events.", labels: [("kind", "b")]).increment()
        let expected = """
            # HELP events_total Events.
            # TYPE events_total counter
            events_total{kind="a"} 3
            events_total{kind="b"} 1

            """
        #expect(text(metrics).hasPrefix(expected))
    }

    @Test func `a histogram counts cumulatively, bounds included`() {
        let metrics = Metrics()
        let histogram = metrics.histogram(
            "wait_seconds",
            help: "Waits.",
            buckets: [0.1, 1],
            labels: [("to", "x")]
        )
        for value in [0.05, 0.1, 0.5, 2] { histogram.observe(value) }
        histogram.observe(Duration.milliseconds(250))
        let expected = """
            wait_seconds_bucket{to="x",le="0.1"} 2
            wait_seconds_bucket{to="x",le="1"} 4
            wait_seconds_bucket{to="x",le="+Inf"} 5
            wait_seconds_sum{to="x"} 2.9
            wait_seconds_count{to="x"} 5
            """
        #expect(text(metrics).contains(expected))
    }

    @Test func `label values past the limit share one series`() {
        let metrics = Metrics()
        for index in 0..<Metrics.seriesMax + 50 {
            metrics.counter("odd_total", help: "Odd.", labels: [("uri", "/\(index)")]).increment()
        }
        #expect(
            text(metrics).split(separator: "\n").count { $0.hasPrefix("odd_total") } == Metrics.seriesMax + 1
        )
        #expect(text(metrics).contains("odd_total{uri=\"other\"} 50\n"))
    }

    @Test func `threads lose no count`() async {
        let metrics = Metrics()
        let counter = metrics.counter("hits_total", help: "Hits.")
        let gauge = metrics.gauge("level", help: "Level.")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.increment()
                        gauge.add(0.5)
                    }
                }
            }
        }
        #expect(counter.value == 8000)
        #expect(gauge.value == 4000)
    }

    @Test func `the process tells its memory, time, descriptors and start`() {
        let rendered = text(Metrics())
        for name in [
            "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
            "process_start_time_seconds",
        ] {
            let line = rendered.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            #expect((line?.split(separator: " ").last.flatMap { Double($0) } ?? 0) > 0, "\(name)")
        }
    }

    @Test(.enabled(if: access(promtool, X_OK) == 0, "Prometheus is not installed"))
    func `promtool finds nothing to say`() throws {
        let metrics = Metrics()
        metrics.counter(
            "http_requests_total",
            help: "Requests\\ answered,\nall.",
            labels: [("route", "/a\"b\\c\n")]
        )
        .increment()
        metrics.counter("plain_total", help: "No labels.").increment()
        metrics.gauge("viewers", help: "Viewers.").set(1.25)
        metrics.gauge("queue_bytes", help: "Queued.") { 12 }
        metrics.histogram("http_request_seconds", help: "Time.", labels: [("route", "/")]).observe(0.2)
        metrics.histogram("frame_bytes", help: "Sizes.", buckets: Histogram.sizeBuckets).observe(100)
        let (code, output) = try check(metrics.render())
        #expect(code == 0 && output.isEmpty, "\(output)")
        // The check can fail: a line without a type's form.
        let (badCode, _) = try check(Array("bad{ 1\n".utf8))
        #expect(badCode != 0)
    }
}

private let promtool = "/usr/bin/promtool"

private struct ShellFailure: Error {}

/// Runs `promtool check metrics` on the text; gives its exit code and what it printed.
private func check(_ text: [UInt8]) throws -> (code: CInt, output: String) {
    var template = Array("/tmp/guildwire-metrics-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw ShellFailure() }
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
        close(descriptor)
        unlink(path)
    }
    guard write(descriptor, text, text.count) == text.count else { throw ShellFailure() }
    guard let pipe = popen("\(promtool) check metrics < \(path) 2>&1", "r") else { throw ShellFailure() }
    var output: [UInt8] = []
    while case let byte = fgetc(pipe), byte >= 0 { output.append(UInt8(truncatingIfNeeded: byte)) }
    return (pclose(pipe), String(decoding: output, as: UTF8.self))
}

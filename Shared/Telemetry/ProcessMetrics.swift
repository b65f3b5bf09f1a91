internal import Glibc

/// What the kernel says of this process, under the names that every Prometheus client uses. See proc(5).
struct ProcessMetrics {
    /// Nil where /proc does not say.
    var residentBytes: Double?
    var virtualBytes: Double?
    var cpuSeconds: Double?
    var startTimeSeconds: Double?
    var threads: Double?
    var openDescriptors: Double?
    var descriptorsMax: Double?

    static func read() -> ProcessMetrics {
        var metrics = ProcessMetrics()
        let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
        if let text = contents(of: "/proc/self/stat"), let fields = statFields(text) {
            metrics.cpuSeconds = (fields[utime] + fields[stime]) / ticks
            metrics.threads = fields[threadCount]
            metrics.virtualBytes = fields[virtualSize]
            metrics.residentBytes = fields[residentPages] * Double(sysconf(CInt(_SC_PAGESIZE)))
            metrics.startTimeSeconds = bootTimeSeconds.map { $0 + fields[startTicks] / ticks }
        }
        metrics.openDescriptors = countDescriptors()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            metrics.descriptorsMax = Double(limit.rlim_cur)
        }
        return metrics
    }

    func append(to text: inout MetricsText) {
        let rows: [(name: String, help: String, type: String, value: Double?)] = [
            ("process_cpu_seconds_total", "User and system CPU time spent.", "counter", cpuSeconds),
            ("process_max_fds", "Descriptors the process may open.", "gauge", descriptorsMax),
            ("process_open_fds", "Descriptors open now.", "gauge", openDescriptors),
            ("process_resident_memory_bytes", "Resident memory.", "gauge", residentBytes),
            ("process_start_time_seconds", "Start, in seconds since 1970.", "gauge", startTimeSeconds),
            ("process_threads", "Threads of the process.", "gauge", threads),
            ("process_virtual_memory_bytes", "Virtual memory.", "gauge", virtualBytes),
        ]
        for row in rows {
            guard let value = row.value else { continue }
            text.begin(row.name, help: row.help, type: row.type)
            text.sample(row.name, "", value)
        }
    }

    // Places in /proc/self/stat, counted from the state, which follows the command in parentheses.
    private static let utime = 11
    private static let stime = 12
    private static let threadCount = 17
    private static let startTicks = 19
    private static let virtualSize = 20
    private static let residentPages = 21

    /// The command may hold blanks and parentheses, so what counts begins behind the last parenthesis.
    static func statFields(_ text: String) -> [Double]? {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
            .map { Double($0) ?? 0 }
        return fields.count > residentPages ? fields : nil
    }

    private static let bootTimeSeconds: Double? = {
        let lines = contents(of: "/proc/stat")?.split(separator: "\n") ?? []
        return lines.first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }()

    private static func countDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Less ".", ".." and the directory itself.
        return Double(count - 3)
    }

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            var count = 0
            bytes += [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, filled in
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                filled = max(0, count)
            }
            if count <= 0 { return count < 0 ? nil : String(decoding: bytes, as: UTF8.self) }
        }
    }
}

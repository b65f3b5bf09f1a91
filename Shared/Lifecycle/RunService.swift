internal import CLinux
internal import Configuration
internal import EventLoop
internal import Glibc
internal import Telemetry

/// A service's process: builds its parts, then runs them together. Called from a synchronous `main`; never returns.
///
///     @main struct App {
///         static func main() {
///             runService("web") {
///                 let config = try WebConfig(environment: Environment.process)
///                 return try await WebService.build(config)
///             }
///         }
///     }
///
/// How it ends: see `runProcess`.
package func runService(
    _ name: String,
    grace: Duration = .seconds(10),
    _ build: @escaping @Sendable () async throws -> [any Service]
) -> Never {
    runProcess(name, grace: grace) {
        try await runTogether(try await build(), log: processLog(name))
    }
}

/// The life of a process, from a synchronous `main` (an async one cannot hold off signals, see `ProcessLife`).
///
/// SIGTERM and SIGINT cancel `body` and give it `grace`; the second one, or the end of the grace, ends the process at
/// once. Exit codes: 0 ended well; 78 settings missing or wrong, with the report on standard error; 1 any other
/// error, or a body that did not stop in time; 128 + n the second signal.
package func runProcess(
    _ name: String,
    grace: Duration = .seconds(10),
    _ body: @escaping @Sendable () async throws -> Void
) -> Never {
    // Before any thread is started: threads inherit the mask, and one that lacks it would be killed by the signal.
    let signals = guildwire_signal_descriptor([SIGTERM, SIGINT], 2)
    precondition(signals >= 0, "signalfd: the process is out of descriptors at its start")
    signal(SIGPIPE, SIG_IGN)
    raiseDescriptorLimit()
    let log = processLog(name)
    let life = ProcessLife.shared
    let work = Task {
        do {
            try await body()
            life.ended(code: 0)
        } catch {
            life.ended(code: report(error, of: name, to: log))
        }
    }
    var shutdown = ShutdownMachine(grace: grace)
    while true {
        let received = life.wait(signals: signals, timeout: shutdown.patience(now: MonotonicClock.now()))
        if let code = life.exitCode { leave(code) }
        let now = MonotonicClock.now()
        if life.isStopping { shutdown.stoppingBegan(now: now) }
        for number in received {
            switch shutdown.signalReceived(number, now: now) {
            case .stop:
                log.notice("stopping", [.signal: .string(number == SIGINT ? "SIGINT" : "SIGTERM")])
                work.cancel()
            case .exit(let code):
                log.warning("ended at once by a second signal")
                leave(code)
            }
        }
        if shutdown.patience(now: now) == .zero {
            log.error("not stopped in time", [.limit: .seconds(grace)])
            leave(1)
        }
    }
}

/// For what is said outside the service's own code: in the format that the service will have too.
private func processLog(_ name: String) -> Log {
    Log(service: name, format: Environment.process["LOG_FORMAT"].flatMap(LogFormat.init) ?? .json)
}

/// Says why the process ends, and with which code.
private func report(_ error: any Error, of name: String, to log: Log) -> Int32 {
    switch error {
    case is CancellationError:
        return 0
    case let error as ConfigurationError:
        // For the person who starts it, so not as a log line.
        Log.standardError(Array("\(name): \(error)\n".utf8))
        return ConfigurationError.exitCode
    default:
        log.error("ended by an error", [.error: .error(error)])
        return 1
    }
}

/// Without `exit`'s handlers: they would free what the other threads still use.
private func leave(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
}

/// Takes as many descriptors as the system allows: the soft limit is often 1,024, kept low for programs that use
/// `select`, and a replica holds one for each viewer.
private func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

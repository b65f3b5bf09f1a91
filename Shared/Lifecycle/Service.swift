internal import Base
package import Telemetry

/// A part of a process that runs until it is cancelled or its work is done.
///
/// On cancellation it drains and returns; throwing `CancellationError` is as good as returning. Any other error
/// means that the process cannot go on.
package protocol Service: Sendable {
    func run() async throws
}

/// Runs services side by side. When one returns or fails, or the caller is cancelled, the others are cancelled; the
/// call ends when all have ended, with the first error that was more than a cancellation.
///
/// Within `runService` the grace period runs from the moment the first one ended.
package func runTogether(_ services: [any Service], log: Log) async throws {
    guard !services.isEmpty else { return }
    try await withThrowingTaskGroup(of: String.self) { group in
        for service in services {
            group.addTask {
                let name = String(describing: type(of: service))
                do {
                    try await service.run()
                    return name
                } catch {
                    throw ServiceFailure(service: name, cause: error)
                }
            }
        }
        var failure: ServiceFailure?
        while let result = await group.nextResult() {
            switch result {
            case .success(let name):
                log.debug("service ended", [.name: .string(name)])
            case .failure(let error as ServiceFailure) where !(error.cause is CancellationError):
                log.error("service failed", [.name: .string(error.service), .error: .error(error.cause)])
                failure = failure ?? error
            case .failure:
                break
            }
            group.cancelAll()
            ProcessLife.shared.stoppingBegan()
        }
        if let failure { throw failure.cause }
    }
}

/// Which service failed, and how.
private struct ServiceFailure: Error {
    let service: String
    let cause: any Error
}

import EventModels
import Lifecycle

/// Says every `ServiceRecord.interval` that this replica is there.
struct SystemKeeper: Service {
    private let desk: SystemDesk

    private static let soon = Duration.seconds(1)

    init(_ desk: SystemDesk) { self.desk = desk }

    func run() async throws {
        while !Task.isCancelled {
            // What was not written, since Redis was not there yet, is not kept back for long.
            let isWritten = await desk.tell()
            do { try await Task.sleep(for: isWritten ? ServiceRecord.interval : Self.soon) } catch { return }
        }
    }
}

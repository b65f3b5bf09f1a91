import Lifecycle

/// What the door does once a second, whether somebody comes or not.
struct DoorKeeper: Service {
    private let api: APIContext

    private static let interval = Duration.seconds(1)

    init(_ api: APIContext) { self.api = api }

    func run() async throws {
        // Each at its own pace: a database that is silent for seconds must not keep Redis from being looked at.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await Self.repeatedly { await api.limits.look() } }
            group.addTask { await Self.repeatedly { await api.audit.flush() } }
        }
        // What was refused while it stopped.
        await api.audit.flush()
    }

    private static func repeatedly(_ body: () async -> Void) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: interval) } catch { return }
            await body()
        }
    }
}

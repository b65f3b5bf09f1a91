import Lifecycle

/// What the door does once a second, whether somebody comes or not.
struct DoorKeeper: Service {
    private let api: APIContext

    private static let interval = Duration.seconds(1)

    init(_ api: APIContext) { self.api = api }

    func run() async throws {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.interval) } catch { break }
            await api.limits.look()
            await api.audit.flush()
        }
        // What was refused while it stopped.
        await api.audit.flush()
    }
}

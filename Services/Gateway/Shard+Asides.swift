internal import EventLoop
internal import Telemetry

/// Dispatches that were not understood: counted, logged, and kept in `aside.ndjson` of the shard's folder for whoever
/// looks into it. Nothing waits for it, and it stops nothing.
extension Shard {
    static let asideFile = "aside.ndjson"
    /// Between two writes of the file.
    private static let asideInterval = Duration.seconds(1)
    /// Of one kind the log tells once in this time, in milliseconds; the metric counts all.
    private static let asideTold: Int64 = 60_000

    /// What the last process kept. Blocks.
    nonisolated func readAsides() -> AsideShelf {
        do {
            return AsideShelf(content: try AtomicFile(path: store.folder.file(Self.asideFile)).read() ?? [])
        } catch { return AsideShelf() }
    }

    func setAside(_ aside: Aside) {
        metrics.setAside(aside.kind)
        if aside.wall - (asidesTold[aside.kind] ?? 0) >= Self.asideTold {
            asidesTold[aside.kind] = aside.wall
            log.warning(
                "a dispatch was not understood; its form is in the shard's folder",
                [
                    .name: .string(aside.kind.rawValue), .sequence: .int(Int(clamping: aside.sequence)),
                    .reason: "\(aside.problem)",
                ]
            )
        }
        asides.put(aside.line)
        guard !isAsideDue else { return }
        isAsideDue = true
        loop.schedule(after: Self.asideInterval) { [weak self] in
            self?.assumeIsolated { _ = $0.asideDue.yield() }
        }
    }

    func asideLoop() async {
        for await _ in asidesDue {
            if Task.isCancelled { return }
            await writeAsides()
        }
    }

    func writeAsides() async {
        guard isAsideDue else { return }
        isAsideDue = false
        let (file, content, hooks) = (
            AtomicFile(path: store.folder.file(Self.asideFile)), asides.content, hooks
        )
        do {
            try await BlockingPool.shared.run {
                try hooks.beforeWrite(content.count)
                try file.write(content)
            }
        } catch {
            log.warning("what was not understood could not be written", [.reason: .error(error)])
        }
    }
}

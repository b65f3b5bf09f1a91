import Base

/// A program on a host: what it scheduled dies with it.
class Process {
    unowned let world: World
    let name: String
    private(set) var isUp = false
    private(set) var life = 0
    private var ends: [(wire: Wire, end: Wire.End)] = []
    /// How far this host's wall clock is off, in milliseconds.
    var clockOff: Int64 = 0

    init(_ world: World, _ name: String) {
        self.world = world
        self.name = name
    }

    /// Monotonic time; of the host, not of the process.
    var now: Duration { world.time }
    /// Unix milliseconds as this host believes.
    var wall: Int64 { World.began + world.now / 1000 + clockOff }

    func note(_ what: @autoclosure () -> String) { world.note(name, what()) }

    /// Later, unless the process has ended by then.
    func after(_ delay: Int64, _ action: @escaping () -> Void) {
        let own = life
        world.after(delay) { [weak self] in
            guard let self, isUp, life == own else { return }
            action()
        }
    }

    /// Again and again at this interval, until the process ends.
    func every(_ interval: Int64, _ action: @escaping () -> Void) {
        after(interval) { [weak self] in
            action()
            self?.every(interval, action)
        }
    }

    /// Wraps what another calls back, so that it is not called in a later life.
    func ifAlive(_ action: @escaping () -> Void) -> () -> Void {
        let own = life
        return { [weak self] in
            guard let self, isUp, life == own else { return }
            action()
        }
    }

    final func start() {
        guard !isUp else { return }
        isUp = true
        life += 1
        note("starts")
        started()
    }

    /// `kill -9`, or the host's end.
    final func crash() {
        guard isUp else { return }
        note("is killed")
        isUp = false
        life += 1
        // The kernel closes what was open; a host that lost its power would not, which `silence` stands for.
        for (wire, end) in ends { wire.close(from: end) }
        ends = []
        ended()
    }

    /// The wire's end is this process', and goes with it.
    func hold(_ wire: Wire, _ end: Wire.End) {
        if ends.count > 32 { ends.removeAll { !$0.wire.isOpen(at: $0.end) } }
        ends.append((wire, end))
    }

    /// Connects to a server process; `opened` gets nil where that failed, and is not called in a later life.
    func connect(
        to server: Process,
        accepted: @escaping (Wire) -> Void,
        opened: @escaping (Wire?) -> Void
    ) {
        let own = life
        world.connect(
            Route(from: name, to: server.name),
            isListening: { [weak server] in server?.isUp ?? false },
            accepted: { [weak server] wire in
                server?.hold(wire, .server)
                accepted(wire)
            },
            opened: { [weak self] wire in
                guard let self, isUp, life == own else {
                    wire?.close(from: .client)
                    return
                }
                if let wire { hold(wire, .client) }
                opened(wire)
            }
        )
    }

    final func restart(after delay: Int64) {
        crash()
        world.after(delay) { [weak self] in self?.start() }
    }

    func started() {}
    /// Lets go of connections and of everything in memory.
    func ended() {}
}

internal import Base
internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread that waits on epoll and runs everything pinned to it: the executor of the actors that own peers.
///
/// An actor names a loop as its executor; what happens on its descriptor is told to it on the loop's thread and it
/// goes in with `assumeIsolated`, without a `Task` or a hop. Within one loop jobs and closures run in the order they
/// came; what crosses loops should cross in batches, since waking another thread costs some 10 µs.
///
/// A loop may be told to rest: between the beginnings of two turns in which it hears of descriptors lies at least that time
/// then. What comes meanwhile is heard together and shares one wake-up; what comes after a longer silence is heard at once.
/// Timers, and what other threads hand over, are never held up.
///
/// State is split in two: `inbox` may be touched by any thread, everything else by the loop's thread alone, which is
/// asserted. That is the invariant behind `@unchecked Sendable`.
package final class EventLoop: SerialExecutor, @unchecked Sendable {
    private enum Job {
        case executor(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private struct Inbox {
        var jobs: [Job] = []
        /// The thread waits, or is about to, and has not been woken: whoever brings something wakes it.
        var asleep = false
        var stopped = false
    }

    package let name: String
    private let inbox = Locked(Inbox())
    private let wakeDescriptor: CInt
    private let thread = Atomic<UInt>(0)

    // The loop's thread only, from here.
    private var selector: Selector
    private var timers = TimerHeap<@Sendable () -> Void>()
    private var local: [Job] = []
    private var flushes: [TCPStream] = []
    private var turnStart: Int64
    private let rest: Int64
    /// Descriptors are not looked at before; zero while the loop does not rest.
    private var restsUntil: Int64 = 0
    /// Where streams read into before they copy what came: one for all of a loop's streams.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    /// Starts the thread. Fails only when the process is out of descriptors or threads.
    package init(name: String, rest: Duration = .zero) throws(SystemCallError) {
        self.name = name
        self.rest = rest.nanosecondsClipped
        selector = try Selector()
        wakeDescriptor = selector.wakeUp.raw
        turnStart = MonotonicClock.nanoseconds()
        var handle = pthread_t()
        let box = Unmanaged.passRetained(self)
        let code = pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        guard code == 0 else {
            box.release()
            throw SystemCallError(call: "pthread_create", code: code)
        }
        pthread_detach(handle)
    }

    deinit { scratch.deallocate() }

    /// Lets the thread end after the jobs that are in its queue now. Its streams stay as they are; close them before.
    package func stop() {
        let mustWake = inbox.withLock { inbox in
            inbox.stopped = true
            return inbox.asleep
        }
        if mustWake { wake() }
    }

    package var isOnLoop: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Monotonic time: of the start of this turn on the loop's own thread, of the call elsewhere.
    package var now: Duration { isOnLoop ? .nanoseconds(turnStart) : MonotonicClock.now() }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) { add(.executor(UnownedJob(job))) }

    package func checkIsolated() {
        precondition(isOnLoop, "called off its event loop")
    }

    package func isIsolatingCurrentContext() -> Bool? { isOnLoop }

    /// Runs `body` on the loop, behind what is queued already. Any thread. A call of one of the loop's actors by another of them is
    /// not queued at all: it overtakes what waits here.
    package func execute(_ body: @escaping @Sendable () -> Void) { add(.closure(body)) }

    private func add(_ job: Job) {
        if isOnLoop {
            local.append(job)
            return
        }
        let mustWake = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.asleep = false }
            return inbox.asleep
        }
        if mustWake { wake() }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
    }

    // MARK: Timers and descriptors (the loop's thread only)

    /// Runs `body` once, `delay` from now.
    @discardableResult
    package func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void) -> TimerID {
        assertOnLoop()
        let (deadline, overflow) = MonotonicClock.nanoseconds()
            .addingReportingOverflow(max(0, delay.nanosecondsClipped))
        return timers.add(deadline: overflow ? .max : deadline, body)
    }

    /// Lets this much time pass. Any thread; the caller goes on wherever it is isolated.
    package func pause(_ time: Duration) async {
        await withCheckedContinuation { continuation in
            execute { self.schedule(after: time) { continuation.resume() } }
        }
    }

    package func cancel(_ timer: TimerID) {
        assertOnLoop()
        timers.cancel(timer)
    }

    package func register(
        descriptor: CInt,
        interest: Interest,
        handler: any ReadinessHandler
    ) throws(SystemCallError) -> Registration {
        assertOnLoop()
        return try selector.register(descriptor, interest, handler)
    }

    package func update(_ registration: Registration, interest: Interest) throws(SystemCallError) {
        assertOnLoop()
        try selector.update(registration, interest)
    }

    /// Tells nobody of the descriptor until another handler adopts it. What is ready meanwhile wakes the loop in vain.
    func abandon(_ registration: Registration) {
        assertOnLoop()
        selector.abandon(registration)
    }

    /// Gives a descriptor that was handed over its new handler. Nothing where it was deregistered since; whoever closes it
    /// without that must not adopt it any more.
    package func adopt(_ registration: Registration, handler: any ReadinessHandler) {
        assertOnLoop()
        selector.adopt(registration, handler)
    }

    /// Whether the loop still watches what was registered.
    package func watches(_ registration: Registration) -> Bool {
        assertOnLoop()
        return selector.isCurrent(registration)
    }

    /// Call it before the descriptor is closed.
    package func deregister(_ registration: Registration) {
        assertOnLoop()
        selector.deregister(registration)
    }

    /// Has the stream send what it holds at the end of this turn, so that the writes of one turn go out together.
    func flushAtEndOfTurn(_ stream: TCPStream) {
        assertOnLoop()
        flushes.append(stream)
    }

    /// More can be read than this turn has taken: the loop does not rest before it has gone on.
    package func stayAwake() {
        assertOnLoop()
        restsUntil = 0
    }

    func assertOnLoop() {
        precondition(isOnLoop, "called off its event loop")
    }

    // MARK: The thread

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        guildwire_name_thread(String(name.prefix(15)))
        while true {
            let stopped = takeInbox()
            runJobs()
            fireTimers()
            flush()
            if stopped, local.isEmpty { return }
            if isResting { takeRest() } else { hear() }
        }
    }

    private var isResting: Bool {
        guard restsUntil > 0 else { return false }
        if restsUntil <= MonotonicClock.nanoseconds() { restsUntil = 0 }
        return restsUntil > 0
    }

    /// Waits for descriptors, and has them heard.
    private func hear() {
        if let deadline = timers.earliest() { selector.arm(deadline: deadline) }
        let count = selector.wait(blocking: mayWait())
        turnStart = MonotonicClock.nanoseconds()
        var hears = false
        for index in 0..<count {
            guard let (handler, readiness, registration) = selector.event(at: index) else { continue }
            if !hears, rest > 0 { restsUntil = turnStart + rest }
            hears = true
            handler.ready(readiness, on: registration)
        }
        // There may be more than one wait tells of.
        if count == Selector.eventsMax { stayAwake() }
    }

    /// Waits for other threads and for timers only.
    private func takeRest() {
        if mayWait() { selector.rest(until: min(restsUntil, timers.earliest() ?? .max)) }
        turnStart = MonotonicClock.nanoseconds()
    }

    /// Whether nothing is left to be done here. Who brings something from now on wakes the thread.
    private func mayWait() -> Bool {
        guard local.isEmpty else { return false }
        return inbox.withLock { inbox in
            inbox.asleep = inbox.jobs.isEmpty && !inbox.stopped
            return inbox.asleep
        }
    }

    private func takeInbox() -> Bool {
        let (jobs, stopped) = inbox.withLock { inbox in
            let jobs = inbox.jobs
            inbox.jobs = []
            inbox.asleep = false
            return (jobs, inbox.stopped)
        }
        local.append(contentsOf: jobs)
        return stopped
    }

    /// Runs what is queued now; what those jobs queue waits for the next turn, so that I/O is never starved.
    private func runJobs() {
        guard !local.isEmpty else { return }
        let jobs = local
        local = []
        for job in jobs {
            switch job {
            case .executor(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .closure(let body): body()
            }
        }
    }

    private func fireTimers() {
        guard timers.count > 0 else { return }
        let now = MonotonicClock.nanoseconds()
        while let body = timers.takeDue(now: now) { body() }
    }

    private func flush() {
        while !flushes.isEmpty {
            let streams = flushes
            flushes = []
            for stream in streams { stream.flush() }
        }
    }
}

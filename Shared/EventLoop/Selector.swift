internal import CLinux
internal import Glibc

/// What a handler wants to hear of a descriptor. Level-triggered.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let read = Interest(rawValue: 1)
    package static let write = Interest(rawValue: 2)
}

/// What the kernel says of a descriptor. `hangUp` comes with errors and with a peer that closed both ways.
package struct DescriptorEvents: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let readable = DescriptorEvents(rawValue: 1)
    package static let writable = DescriptorEvents(rawValue: 2)
    package static let hangUp = DescriptorEvents(rawValue: 4)
}

/// Hears of its descriptors on the loop's thread. One handler may have many: the registration tells which.
package protocol ReadinessHandler: AnyObject, Sendable {
    func ready(_ readiness: DescriptorEvents, on registration: Registration)
}

/// One descriptor known to a loop. The generation lets a late event for a reused descriptor be dropped.
package struct Registration: Sendable, Equatable {
    package let descriptor: CInt
    let generation: UInt32
}

/// epoll, an eventfd to wake it, a timerfd to end its wait: only the loop's thread touches it, but for `wake`.
struct Selector: ~Copyable {
    private struct Entry {
        var generation: UInt32 = 0
        var handler: (any ReadinessHandler)?

        /// What is registered from here on is another.
        mutating func renew() {
            generation &+= 1
            // The two highest generations would make the cookies of the wake-up and the timer.
            if generation >= .max - 1 { generation = 1 }
        }
    }

    /// Descriptors that one wait tells of.
    static let eventsMax = 256

    private let epoll: Descriptor
    private let timer: Descriptor
    let wakeUp: Descriptor
    private var entries: [Entry] = []
    private var events = [epoll_event](repeating: epoll_event(), count: eventsMax)
    private var armedDeadline = Int64.max

    private static let wakeCookie = UInt64.max
    private static let timerCookie = UInt64.max - 1

    init() throws(SystemCallError) {
        let epoll = Descriptor(try Self.made("epoll_create1", epoll_create1(CInt(EPOLL_CLOEXEC))))
        let wakeUp = Descriptor(try Self.made("eventfd", eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))))
        let timer = Descriptor(
            try Self.made("timerfd_create", timerfd_create(CLOCK_MONOTONIC, CInt(TFD_CLOEXEC | TFD_NONBLOCK)))
        )
        try Self.control(
            epoll.raw,
            EPOLL_CTL_ADD,
            wakeUp.raw,
            events: EPOLLIN.rawValue,
            cookie: Self.wakeCookie
        )
        try Self.control(
            epoll.raw,
            EPOLL_CTL_ADD,
            timer.raw,
            events: EPOLLIN.rawValue,
            cookie: Self.timerCookie
        )
        self.epoll = epoll
        self.wakeUp = wakeUp
        self.timer = timer
    }

    private static func made(_ call: String, _ descriptor: CInt) throws(SystemCallError) -> CInt {
        guard descriptor >= 0 else { throw SystemCallError(call: call, code: errno) }
        return descriptor
    }

    private static func control(
        _ epoll: CInt,
        _ operation: CInt,
        _ descriptor: CInt,
        events: UInt32,
        cookie: UInt64
    ) throws(SystemCallError) {
        var event = epoll_event()
        event.events = events
        event.data.u64 = cookie
        guard epoll_ctl(epoll, operation, descriptor, &event) == 0 else {
            throw SystemCallError(call: "epoll_ctl", code: errno)
        }
    }

    private static func mask(_ interest: Interest) -> UInt32 {
        (interest.contains(.read) ? EPOLLIN.rawValue | EPOLLRDHUP.rawValue : 0)
            | (interest.contains(.write) ? EPOLLOUT.rawValue : 0)
    }

    private static func cookie(_ registration: Registration) -> UInt64 {
        UInt64(registration.generation) << 32 | UInt64(UInt32(bitPattern: registration.descriptor))
    }

    mutating func register(
        _ descriptor: CInt,
        _ interest: Interest,
        _ handler: any ReadinessHandler
    ) throws(SystemCallError) -> Registration {
        let index = Int(descriptor)
        while entries.count <= index { entries.append(Entry()) }
        precondition(entries[index].handler == nil, "a descriptor is registered once")
        // Nothing changes where the kernel refuses it.
        var entry = entries[index]
        entry.renew()
        let registration = Registration(descriptor: descriptor, generation: entry.generation)
        try Self.control(
            epoll.raw,
            EPOLL_CTL_ADD,
            descriptor,
            events: Self.mask(interest),
            cookie: Self.cookie(registration)
        )
        entry.handler = handler
        entries[index] = entry
        return registration
    }

    mutating func update(_ registration: Registration, _ interest: Interest) throws(SystemCallError) {
        guard isCurrent(registration) else { return }
        try Self.control(
            epoll.raw,
            EPOLL_CTL_MOD,
            registration.descriptor,
            events: Self.mask(interest),
            cookie: Self.cookie(registration)
        )
    }

    mutating func abandon(_ registration: Registration) {
        guard isCurrent(registration) else { return }
        entries[Int(registration.descriptor)].handler = nil
    }

    mutating func adopt(_ registration: Registration, _ handler: any ReadinessHandler) {
        guard isCurrent(registration) else { return }
        entries[Int(registration.descriptor)].handler = handler
    }

    mutating func deregister(_ registration: Registration) {
        guard isCurrent(registration) else { return }
        entries[Int(registration.descriptor)].handler = nil
        entries[Int(registration.descriptor)].renew()
        var unused = epoll_event()
        _ = epoll_ctl(epoll.raw, EPOLL_CTL_DEL, registration.descriptor, &unused)
    }

    func isCurrent(_ registration: Registration) -> Bool {
        entries[Int(registration.descriptor)].generation == registration.generation
    }

    /// Ends the wait at `deadline` (monotonic nanoseconds) at the latest. Re-arms only when the deadline moved earlier,
    /// since setting the timer costs a system call and a wake-up too early costs little.
    mutating func arm(deadline: Int64) {
        guard deadline < armedDeadline else { return }
        armedDeadline = deadline
        let at = max(deadline, 1)
        var specification = itimerspec()
        specification.it_value.tv_sec = Int(at / 1_000_000_000)
        specification.it_value.tv_nsec = Int(at % 1_000_000_000)
        timerfd_settime(timer.raw, CInt(TFD_TIMER_ABSTIME), &specification, nil)
    }

    /// Waits, then returns how many events `event(at:)` holds. Interrupted waits return 0.
    mutating func wait(blocking: Bool) -> Int {
        let count = epoll_wait(epoll.raw, &events, CInt(events.count), blocking ? -1 : 0)
        guard count >= 0 else {
            precondition(errno == EINTR, "epoll_wait: misuse of a descriptor is a bug, not an event")
            return 0
        }
        return Int(count)
    }

    /// Waits for the wake-up alone, until `deadline` (monotonic nanoseconds) at most.
    func rest(until deadline: Int64) {
        let left = deadline - MonotonicClock.nanoseconds()
        guard left > 0 else { return }
        if guildwire_wait_readable(wakeUp.raw, left) > 0 { drain(wakeUp.raw) }
    }

    /// The handler and readiness of one event of the last wait, or nil for the selector's own and for late ones.
    mutating func event(
        at index: Int
    ) -> (handler: any ReadinessHandler, readiness: DescriptorEvents, registration: Registration)? {
        let (mask, cookie) = (events[index].events, events[index].data.u64)
        if cookie == Self.wakeCookie {
            drain(wakeUp.raw)
            return nil
        }
        if cookie == Self.timerCookie {
            drain(timer.raw)
            armedDeadline = .max
            return nil
        }
        let descriptor = Int(UInt32(truncatingIfNeeded: cookie))
        guard descriptor < entries.count,
            entries[descriptor].generation == UInt32(truncatingIfNeeded: cookie >> 32),
            let handler = entries[descriptor].handler
        else { return nil }
        var readiness: DescriptorEvents = []
        if mask & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 { readiness.insert(.readable) }
        if mask & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
        if mask & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { readiness.insert(.hangUp) }
        return (
            handler, readiness,
            Registration(descriptor: CInt(descriptor), generation: entries[descriptor].generation)
        )
    }

    private func drain(_ descriptor: CInt) {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

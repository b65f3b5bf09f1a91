internal import CLinux

/// The machine's processors, as far as threads are spread over them.
package enum Cores {
    /// Those that the process may run on (`taskset`, a container's set of them); at least 1.
    package static var count: Int { max(1, Int(guildwire_cores())) }
}

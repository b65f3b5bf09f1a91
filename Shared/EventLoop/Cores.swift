internal import Glibc

/// The machine's processors, as far as threads are spread over them.
package enum Cores {
    /// Those that are online; at least 1.
    package static var count: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }
}

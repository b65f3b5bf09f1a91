extension ViewerLoop {
    /// Ends the streams of these sessions. Any thread.
    package nonisolated func end(sessions: Set<String>) {}
}

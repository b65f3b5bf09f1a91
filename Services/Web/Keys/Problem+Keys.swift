extension Problem {
    /// A key that was not made for this.
    package static func lacks(_ scope: Scope) -> Problem {
        .forbidden("This key does not have the scope \(scope.rawValue).")
    }

    /// A key of one guild at another.
    static let otherGuild = Problem.forbidden("This key is for another guild.")
}

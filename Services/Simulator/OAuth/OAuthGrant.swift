package import Base

/// What somebody allowed the application.
package struct OAuthGrant: Sendable, Equatable {
    package let user: Snowflake
    package let scopes: [String]
    /// On the monotonic clock.
    package let endsAt: Duration
}

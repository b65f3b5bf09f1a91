/// What to do about what is wrong, where more than one place says it: the same words wherever somebody meets them.
enum SystemAdvice {
    static let keepRedisDurable = "Set `appendonly yes` in Redis' configuration."
    static let makeTables = "Start the analytics service: it makes them when it starts."
    static let startAnalytics = "Start the analytics service, with the same REDIS_URL and DATABASE_URL."

    /// Where a link cannot be had.
    static func link(_ reason: String) -> String {
        if reason.contains("401") {
            return "Give the gateway and web the same LINK_TOKEN, then restart both."
        }
        if reason.contains("4403") {
            return "Give all web services the same REDIS_URL: the gateway takes replicas of one Redis only."
        }
        return "Start the gateway, and see that GATEWAY_WS_URL of web names its address."
    }
}

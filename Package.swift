// swift-tools-version: 6.2
import PackageDescription

// Levels and import directions: specs/architecture.md. A target lists what it imports and nothing else;
// `scripts/test` builds with `--explicit-target-dependency-import-check error`.

/// Shared libraries, bottom first: name → what it may import.
let shared: [(name: String, imports: [String])] = [
    // L0: standard library and Synchronization only.
    ("Base", ["CLinux"]),
    // L1: bytes, values, machines. No clock, no file, no socket.
    ("JSON", ["Base"]),
    ("HTTPWire", ["Base"]),
    ("WebSocketWire", ["Base"]),
    ("Crypto", ["COpenSSL", "Base"]),
    ("Compression", ["CZlib", "CZstd"]),
    ("EventModels", ["Base", "JSON"]),
    ("LinkProtocol", ["Base", "JSON", "EventModels"]),
    ("DiscordProtocol", ["Base", "JSON"]),
    // L2-: the kernel, and what every service needs.
    ("EventLoop", ["CLinux", "Base"]),
    ("TLS", ["COpenSSL", "Base", "EventLoop"]),
    ("Telemetry", ["Base"]),
    ("Configuration", ["Base"]),
    ("Lifecycle", ["CLinux", "Base", "JSON", "EventLoop", "Telemetry", "Configuration"]),
    // L2: I/O shells.
    ("HTTPServer", ["Base", "Compression", "HTTPWire", "EventLoop"]),
    ("HTTPClient", ["Base"]),
    ("ServiceEndpoints", ["Base", "HTTPWire", "EventLoop", "Telemetry", "Lifecycle", "HTTPServer"]),
    ("WebSocketTransport", ["Base", "HTTPWire", "WebSocketWire", "EventLoop", "TLS", "HTTPServer"]),
    ("RedisClient", ["CHiredis", "Base", "EventLoop", "TLS", "Configuration"]),
    ("PostgresClient", ["CPostgres", "Base", "EventLoop"]),
    ("EventBus", ["Base", "EventModels", "EventLoop", "RedisClient"]),
]

let services: [(name: String, imports: [String])] = [
    (
        "Gateway",
        [
            "Base", "JSON", "HTTPWire", "WebSocketWire", "Compression", "Crypto", "EventModels",
            "LinkProtocol",
            "DiscordProtocol", "EventLoop", "Telemetry", "Configuration", "Lifecycle", "HTTPServer",
            "HTTPClient", "ServiceEndpoints", "RedisClient", "WebSocketTransport",
        ]
    ),
    (
        "Web",
        [
            "Base", "JSON", "HTTPWire", "WebSocketWire", "Crypto", "EventModels", "LinkProtocol",
            "EventLoop", "Telemetry", "Configuration", "Lifecycle", "HTTPServer", "ServiceEndpoints",
            "WebSocketTransport", "RedisClient", "EventBus", "HTTPClient", "PostgresClient",
        ]
    ),
    (
        "Analytics",
        [
            "Base", "JSON", "EventModels", "EventLoop", "Telemetry", "Configuration", "Lifecycle",
            "HTTPServer", "ServiceEndpoints", "RedisClient", "PostgresClient", "EventBus",
        ]
    ),
    (
        "Simulator",
        [
            "Base", "JSON", "HTTPWire", "WebSocketWire", "Compression", "EventLoop", "Telemetry",
            "Configuration", "Lifecycle", "HTTPServer", "WebSocketTransport",
        ]
    ),
    ("LoadProbe", ["Base", "JSON", "HTTPWire", "EventModels", "EventLoop", "Lifecycle"]),
    (
        "Conformance",
        [
            "Base", "JSON", "HTTPWire", "WebSocketWire", "EventLoop", "Lifecycle", "HTTPServer",
            "WebSocketTransport", "ServiceEndpoints",
        ]
    ),
]

/// Executables that serve tests, under Tests/Tools, without a test target of their own.
let tools: Set<String> = ["LoadProbe", "Conformance"]

/// Test targets beside the mirrored ones: name → what they may import.
let crossCuttingTests: [(name: String, imports: [String])] = [
    ("Tidy", []),
    (
        "Fuzz",
        [
            "Base", "JSON", "HTTPWire", "WebSocketWire", "Compression", "Crypto", "EventModels",
            "LinkProtocol", "DiscordProtocol", "RedisClient", "Gateway", "Web",
        ]
    ),
    (
        "Guard",
        [
            "Base", "JSON", "HTTPWire", "EventModels", "LinkProtocol", "DiscordProtocol", "Telemetry",
            "PostgresClient", "EventBus", "Gateway", "Web", "Analytics",
        ]
    ),
    (
        "Linked",
        [
            "Base", "JSON", "EventModels", "LinkProtocol", "DiscordProtocol", "EventLoop", "Telemetry",
            "Lifecycle", "HTTPClient", "EventBus", "Simulator", "Gateway", "Web", "TestSupport",
        ]
    ),
    (
        "Simulation",
        [
            "Base", "JSON", "HTTPWire", "EventModels", "LinkProtocol", "DiscordProtocol", "EventLoop",
            "RedisClient", "EventBus", "Gateway", "Web", "Analytics", "TestSupport",
        ]
    ),
]

/// Targets that call C for a living; elsewhere strict memory safety is on and each unsafe use is marked.
let boundary: Set<String> = [
    "Base", "Compression", "Configuration", "Crypto", "EventLoop", "HTTPServer", "Lifecycle",
    "PostgresClient",
    "RedisClient", "Telemetry", "TestSupport", "TLS",
]

func settings(for name: String) -> [SwiftSetting] {
    var settings: [SwiftSetting] = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
    if !boundary.contains(name), !name.hasSuffix("Tests") { settings.append(.strictMemorySafety()) }
    return settings
}

/// Test targets that exist: all, or those that GUILDWIRE_TESTS names between commas, for a short way from a change to its
/// tests (`GUILDWIRE_TESTS=GatewayTests swift build --build-tests`).
let wantedTests = Context.environment["GUILDWIRE_TESTS"].map {
    Set($0.split(separator: ",").map(String.init))
}

func isWanted(_ test: String) -> Bool { wantedTests?.contains(test) ?? true }

func dependencies(_ names: [String]) -> [Target.Dependency] { names.map { .byName(name: $0) } }

var targets: [Target] = [
    .target(name: "CLinux", path: "Shared/CLinux"),
    .systemLibrary(
        name: "COpenSSL",
        path: "Shared/COpenSSL",
        pkgConfig: "openssl",
        providers: [.apt(["libssl-dev"])]
    ),
    .systemLibrary(
        name: "CPostgres",
        path: "Shared/CPostgres",
        pkgConfig: "libpq",
        providers: [.apt(["libpq-dev"])]
    ),
    .systemLibrary(name: "CHiredis", path: "Shared/CHiredis", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(name: "CZlib", path: "Shared/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
        name: "CZstd",
        path: "Shared/CZstd",
        pkgConfig: "libzstd",
        providers: [.apt(["libzstd-dev"])]
    ),
    .target(
        name: "TestSupport",
        dependencies: dependencies(["COpenSSL", "Base", "EventLoop"]),
        path: "Shared/TestSupport",
        swiftSettings: settings(for: "TestSupport")
    ),
]

for (name, imports) in shared {
    targets.append(
        .target(
            name: name,
            dependencies: dependencies(imports),
            path: "Shared/\(name)",
            swiftSettings: settings(for: name)
        )
    )
}

for (name, imports) in services {
    let tool = tools.contains(name)
    targets.append(
        .executableTarget(
            name: name,
            dependencies: dependencies(imports),
            path: tool ? "Tests/Tools/\(name)" : "Services/\(name)",
            exclude: name == "Web" ? ["Public"] : name == "Analytics" ? ["Migrations"] : [],
            swiftSettings: settings(for: name)
        )
    )
}

for (name, imports) in shared + services where !tools.contains(name) && isWanted("\(name)Tests") {
    targets.append(
        .testTarget(
            name: "\(name)Tests",
            dependencies: dependencies([name, "TestSupport"] + imports),
            path: "Tests/\(name)Tests",
            swiftSettings: settings(for: "\(name)Tests")
        )
    )
}

for (name, imports) in crossCuttingTests where isWanted("\(name)Tests") {
    targets.append(
        .testTarget(
            name: "\(name)Tests",
            dependencies: dependencies(imports),
            path: "Tests/\(name)",
            exclude: name == "Fuzz" ? ["Corpus", "Dictionaries"] : [],
            swiftSettings: settings(for: "\(name)Tests")
        )
    )
}

let package = Package(name: "guildwire", targets: targets)

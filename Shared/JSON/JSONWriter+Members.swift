package import Base

/// Key and value in one call; nil is written as null.
extension JSONWriter {
    package mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func member(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Int) {
        key(name)
        int(value)
    }

    package mutating func member(_ name: String, _ value: Int?) {
        key(name)
        if let value { int(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Int64) {
        key(name)
        int64(value)
    }

    package mutating func member(_ name: String, _ value: UInt64) {
        key(name)
        uint64(value)
    }

    package mutating func member(_ name: String, _ value: Double) {
        key(name)
        double(value)
    }

    package mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    package mutating func member(_ name: String, _ value: Bool?) {
        key(name)
        if let value { bool(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Snowflake) {
        key(name)
        snowflake(value)
    }

    package mutating func member(_ name: String, _ value: Snowflake?) {
        key(name)
        if let value { snowflake(value) } else { null() }
    }

    package mutating func memberNull(_ name: String) {
        key(name)
        null()
    }

    /// A value that is JSON already, unchecked.
    package mutating func member(_ name: String, raw json: some Collection<UInt8>) {
        key(name)
        raw(json)
    }
}

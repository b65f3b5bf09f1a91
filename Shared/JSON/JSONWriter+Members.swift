package import Base

/// Key and value in one call; nil is written as null.
extension JSONWriter {
    package mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func member(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: Int) {
        key(name)
        int(value)
    }

    package mutating func member(_ name: StaticString, _ value: Int?) {
        key(name)
        if let value { int(value) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: Int64) {
        key(name)
        int64(value)
    }

    package mutating func member(_ name: StaticString, _ value: Int64?) {
        key(name)
        if let value { int64(value) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: UInt64) {
        key(name)
        uint64(value)
    }

    package mutating func member(_ name: StaticString, _ value: Double) {
        key(name)
        double(value)
    }

    package mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    package mutating func member(_ name: StaticString, _ value: Bool?) {
        key(name)
        if let value { bool(value) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: Snowflake) {
        key(name)
        snowflake(value)
    }

    package mutating func member(_ name: StaticString, _ value: Snowflake?) {
        key(name)
        if let value { snowflake(value) } else { null() }
    }

    package mutating func memberNull(_ name: StaticString) {
        key(name)
        null()
    }

    /// A value that is JSON already, unchecked.
    package mutating func member(_ name: StaticString, raw json: some Collection<UInt8>) {
        key(name)
        raw(json)
    }

    package mutating func member(_ name: StaticString, raw json: [UInt8]) {
        key(name)
        raw(json)
    }

    /// The text of these bytes, which are UTF-8.
    package mutating func member(_ name: StaticString, utf8 text: UnsafeRawBufferPointer) {
        key(name)
        unsafe string(utf8: text)
    }
}

/// The same for names that are data.
extension JSONWriter {
    @_disfavoredOverload
    package mutating func member(_ name: String, raw json: [UInt8]) {
        key(text: name)
        raw(json)
    }

    @_disfavoredOverload
    package mutating func member(_ name: String, _ value: Int) {
        key(text: name)
        int(value)
    }

    @_disfavoredOverload
    package mutating func member(_ name: String, _ value: Snowflake) {
        key(text: name)
        snowflake(value)
    }
}

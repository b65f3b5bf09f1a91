package import Base

/// Values by id, with an order that depends on what was done and on nothing else: iteration and random
/// picks are the same in every run. Removing puts the last value in the gap.
package struct Table<Value: Sendable>: Sendable {
    package private(set) var ids: [Snowflake] = []
    package private(set) var values: [Value] = []
    private var places: [Snowflake: Int] = [:]

    package init() {}

    package var count: Int { ids.count }
    package var isEmpty: Bool { ids.isEmpty }
    package func contains(_ id: Snowflake) -> Bool { places[id] != nil }

    package subscript(id: Snowflake) -> Value? {
        get { places[id].map { values[$0] } }
        set {
            switch (places[id], newValue) {
            case (let place?, let value?): values[place] = value
            case (let place?, nil): remove(at: place)
            case (nil, let value?):
                places[id] = ids.count
                ids.append(id)
                values.append(value)
            case (nil, nil): break
            }
        }
    }

    /// Every value through `body`, in order.
    package mutating func updateAll(_ body: (inout Value) -> Void) {
        for index in values.indices { body(&values[index]) }
    }

    private mutating func remove(at place: Int) {
        places[ids[place]] = nil
        let last = ids.count - 1
        if place != last {
            ids[place] = ids[last]
            values[place] = values[last]
            places[ids[place]] = place
        }
        ids.removeLast()
        values.removeLast()
    }
}

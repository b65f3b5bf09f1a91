/// The open connections, in the order in which they came.
package struct ClientTable: Sendable {
    private var machines: [ClientID: ClientMachine] = [:]
    private var last = 0

    package init() {}

    package mutating func add(_ machine: ClientMachine) -> ClientID {
        last += 1
        machines[ClientID(last)] = machine
        return ClientID(last)
    }

    package subscript(id: ClientID) -> ClientMachine? {
        get { machines[id] }
        set { machines[id] = newValue }
    }

    package var ids: [ClientID] { machines.keys.sorted() }
    package var count: Int { machines.count }
}

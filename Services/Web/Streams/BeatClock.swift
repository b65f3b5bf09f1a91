/// The beat in ticks of the viewers' loop. Ticks are shorter than a beat so that it is left out where events have come:
/// at one event a second, one that came all the same would be a fifteenth of all writes.
package enum BeatClock {
    /// Ticks without a record after which a group's viewers get a beat.
    package static let ticksPerBeat: Int32 = 5
    /// Ticks without progress after which a viewer that takes nothing is given up, and those after which a group without
    /// viewers is forgotten: four beats.
    package static let stallTicksMax: Int32 = 20
}

internal import Base
package import DiscordProtocol
package import EventModels
internal import JSON

/// What a shard needs to go on after any end of the process: session, epoch, the fold's state as of the session's
/// sequence, and the frames that no bus has confirmed.
package struct Checkpoint: Sendable, Equatable {
    /// Of the file's form; another version is not read.
    package static let version = 1

    package var shard: ShardName
    package var session: Session?
    /// Of the session; also the lower bound of the next one's.
    package var epoch: UInt64
    package var state: ShardState
    package var frames: [EventFrame]

    package func encoded() -> [UInt8] {
        var writer = JSONWriter(reserving: 1 << 16)
        writer.beginObject()
        writer.member("version", Self.version)
        writer.member("shard", shard.description)
        writer.key("session")
        if let session { session.write(into: &writer) } else { writer.null() }
        writer.member("epoch", epoch)
        writer.member("last", state.last?.description)
        writer.member("addedTo", state.added.sequence)
        writer.member("added", state.added.count)
        writer.key("guilds")
        writer.beginArray()
        for guild in state.guilds.ids {
            writer.beginObject()
            writer.key("state")
            state.guilds[guild]?.write(into: &writer)
            (state.memory[guild] ?? GuildMemory()).write(into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("frames")
        writer.beginArray()
        for frame in frames {
            writer.beginObject()
            frame.writeMembers(into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }

    /// Throws what is wrong with the file, for people.
    package init(decoding bytes: [UInt8]) throws(CheckpointError) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONDocument(parsing: bytes, limits: JSONLimits(bytesMax: 1 << 30)).root
        } catch { throw .damaged("\(error)") }
        guard let version = root["version"]?.int else { throw .damaged("no version") }
        guard version == Self.version else { throw .otherVersion(version) }
        guard let shard = root["shard"]?.string.flatMap({ ShardName($0) }), let epoch = root["epoch"]?.uint64
        else {
            throw .damaged("no shard or epoch")
        }
        self.init(
            shard: shard,
            session: root["session"].flatMap { Session($0) },
            epoch: epoch,
            state: ShardState(),
            frames: []
        )
        state.last = root["last"]?.string.flatMap { EventID($0) }
        state.added = (root["addedTo"]?.uint64 ?? 0, root["added"]?.uint64 ?? 0)
        for value in root.elements("guilds") {
            guard let guild = value["state"].flatMap({ GuildState($0) }) else { throw .damaged("a guild") }
            state.guilds[guild.id] = guild
            state.memory[guild.id] = GuildMemory(checkpoint: value)
        }
        for value in root.elements("frames") {
            do throws(EventFrameError) { frames.append(try EventFrame(value)) } catch {
                throw .damaged("\(error)")
            }
        }
    }

    package init(shard: ShardName, session: Session?, epoch: UInt64, state: ShardState, frames: [EventFrame])
    {
        self.shard = shard
        self.session = session
        self.epoch = epoch
        self.state = state
        self.frames = frames
    }
}

package enum CheckpointError: Error, Equatable, CustomStringConvertible {
    case damaged(String)
    case otherVersion(Int)

    package var description: String {
        switch self {
        case .damaged(let what): "damaged: \(what)"
        case .otherVersion(let version):
            "of version \(version), this gateway reads version \(Checkpoint.version)"
        }
    }
}

internal import Base

/// What people write: sentences put together, a little different each time, and in keeping with the channel.
enum CommunityTalk {
    static let reactions = ["👍", "❤️", "😂", "🎉", "👀", "🔥", "🙌", "😮", "🐸", "✨"]

    private static let general = [
        "anyone up for {game} {when}?", "just got home, {mood}", "that was {quality}, same time next week?",
        "does anybody know a good {thing}?", "I finally finished my {thing} {happy}",
        "good {daytime} everyone {happy}",
        "ok who moved the {thing}", "my {thing} is {quality} now, thanks for the tips", "brb, {errand}",
        "can't decide between {food} and {food}", "wait, it's already {time}?", "lol", "same here",
        "no way {surprised}",
        "that's {quality}", "I'll be there {when}", "who's streaming {when}?",
        "hop in voice, we're {activity}",
        "been {activity} all day {mood}", "thank you! {happy}", "haha true", "count me in",
        "not today, {errand}",
        "does the {thing} still work for you?", "I think {name} had a spare {thing}",
        "give me five minutes, {errand}",
        "best part was when {name} lost the {thing}", "have a great {daytime} {happy}",
    ]
    private static let byChannel: [String: [String]] = [
        "introductions": [
            "hi all, found this place through {name} {happy}", "hello! mostly here for {game} and {food}",
            "new here, I like {activity} and {food}", "hey, nice to meet you all",
        ],
        "pets-and-plants": [
            "the cat is asleep on my {thing} again", "my {plant} has a new leaf {happy}",
            "walked the dog, {mood}",
            "is my {plant} supposed to look like this?", "somebody ate my {plant}. I suspect the cat",
        ],
        "music": [
            "this has been on repeat all {daytime}", "the bass line in that one is {quality}",
            "looking for something to listen to while {activity}",
            "my neighbour is {activity} again, with drums",
        ],
        "food": [
            "made {food} tonight, {quality}", "recipe for {food}, anyone?",
            "{food} for breakfast is fine, right?",
            "burned the {food}. again.", "there's leftover {food} if you come by {happy}",
        ],
        "co-op": [
            "need one more for {game}, {when}", "LFG {game}, chill run", "gg, that was {quality}",
            "who has the key for the third gate in {game}?", "{game} patch notes are {quality}",
            "ready when you are",
        ],
        "clips": [
            "watch until the end {surprised}", "{name} with the save of the {daytime}", "clipped it!",
            "how did that even happen {surprised}",
        ],
        "workshop": [
            "first draft of the {thing}, be gentle", "sanded it twice, still {quality}",
            "prototype works! {happy}",
            "colour choices: teal or amber?", "third attempt at the {thing}", "that joint looks {quality}",
        ],
    ]

    private static let words: [String: [String]] = [
        "game": [
            "Starfall Arena", "chess", "Deep Rails", "Kart Legends", "Hollow Tides", "mahjong", "Pixel Farm",
        ],
        "when": ["tonight", "in an hour", "after dinner", "tomorrow", "this weekend", "at nine", "later"],
        "mood": ["so tired", "feeling great", "need coffee ☕", "finally", "what a day", "in a good mood"],
        "quality": [
            "amazing", "not bad at all", "surprisingly good", "a bit wobbly", "perfect", "chaotic", "lovely",
        ],
        "thing": [
            "keyboard", "headset", "bookshelf", "spreadsheet", "desk lamp", "sketch", "bike", "chair",
            "soundtrack", "puzzle",
        ],
        "happy": ["🎉", "😊", "✨", "🙌", "❤️", "", ""],
        "surprised": ["😮", "😂", "🤯", "👀", ""],
        "daytime": ["morning", "evening", "afternoon", "night", "weekend"],
        "errand": [
            "dinner is ready", "someone at the door", "making tea", "walking the dog", "laundry",
            "phone call",
        ],
        "food": [
            "pancakes", "ramen", "dumplings", "tacos", "lasagne", "curry", "fried rice", "banana bread",
            "pizza",
        ],
        "activity": [
            "painting", "co-working", "playing chess", "fixing the printer", "reading", "practising guitar",
        ],
        "plant": ["monstera", "basil", "cactus", "tomato", "fern"],
        "time": ["midnight", "eleven", "Friday", "November", "lunch time"],
    ]

    /// A sentence for a channel of this name; `name` is somebody who could be spoken of.
    static func sentence(channel: String, name: String, _ random: inout SeededRandom) -> String {
        let own = byChannel[channel] ?? []
        let pool = own.isEmpty || Int.random(in: 0..<3, using: &random) == 0 ? general : own
        var text = ""
        var rest = pool[Int.random(in: 0..<pool.count, using: &random)][...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            text += rest[..<open]
            let slot = String(rest[rest.index(after: open)..<close])
            if slot == "name" {
                text += name
            } else if let choices = words[slot] {
                text += choices[Int.random(in: 0..<choices.count, using: &random)]
            }
            rest = rest[rest.index(after: close)...]
        }
        text += rest
        while text.last == " " { text.removeLast() }
        return Int.random(in: 0..<4, using: &random) == 0 ? capitalised(text) : text
    }

    private static func capitalised(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }
}

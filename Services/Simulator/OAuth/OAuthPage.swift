internal import Base

/// The pages of the simulated authorization server: plain HTML, no script, nothing from elsewhere.
enum OAuthPage {
    /// Somebody to be.
    struct Role {
        let name: String
        let user: Snowflake
        let shown: String
        let about: String
    }

    static func consent(_ request: OAuthRequest, roles: [Role]) -> String {
        var fields = ""
        for (name, value) in [
            ("client_id", request.client), ("redirect_uri", request.redirect), ("response_type", "code"),
            ("scope", request.scopes.joined(separator: " ")), ("state", request.state),
            ("code_challenge", request.challenge),
            ("code_challenge_method", request.challenge.map { _ in "S256" }),
        ] {
            if let value { fields += "<input type=\"hidden\" name=\"\(name)\" value=\"\(escaped(value))\">" }
        }
        var choices = ""
        for (index, role) in roles.enumerated() {
            choices += """
                <label><input type="radio" name="user" value="\(role.user)" data-role="\(role.name)"\(index == 0 ? " checked" : "")>
                <span><b>\(escaped(role.shown))</b><i>\(escaped(role.name)) · \(escaped(role.about))</i></span></label>

                """
        }
        let scopes = request.scopes.map { "<li><code>\(escaped($0))</code></li>" }.joined()
        return page(
            "Authorize Guildwire",
            """
            <h1>Guildwire wants to know you</h1>
            <p>This is the simulator, not Discord. Choose who you are.</p>
            <form method="post" action="/oauth2/authorize">\(fields)
            <fieldset><legend>You are</legend>
            \(choices)</fieldset>
            <p>It will be allowed:</p><ul>\(scopes)</ul>
            <div class="row"><button name="decision" value="cancel">Cancel</button>
            <button class="main" name="decision" value="authorize">Authorize</button></div>
            </form>
            """
        )
    }

    static func problem(_ text: String) -> String {
        page("Something is wrong", "<h1>Something is wrong</h1><p>\(escaped(text))</p>")
    }

    private static func page(_ title: String, _ body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>\(title)</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>\(style)</style></head>
        <body><main>\(body)</main></body></html>

        """
    }

    private static let style = """
        body{margin:0;min-height:100vh;display:grid;place-items:center;background:#eceef4;color:#1d2230;
        font:16px/1.5 system-ui,sans-serif}
        main{background:#fff;border-radius:14px;box-shadow:0 8px 30px #1d223022;padding:28px 32px;width:min(440px,88vw)}
        h1{font-size:1.35rem;margin:0 0 .4em}p{margin:.4em 0;color:#4c556b}ul{margin:.2em 0 1em;padding-left:1.3em}
        fieldset{border:0;padding:0;margin:1em 0}legend{font-weight:600;padding:0;margin-bottom:.4em}
        label{display:flex;gap:12px;align-items:center;padding:10px 12px;margin:6px 0;border:1px solid #d5d9e4;
        border-radius:10px;cursor:pointer}label:has(:checked){border-color:#4752c4;background:#f2f3ff}
        label i{display:block;font-style:normal;font-size:.85em;color:#4c556b}
        .row{display:flex;gap:10px;justify-content:flex-end}button{font:inherit;padding:.55em 1.2em;border-radius:9px;
        border:1px solid #c3c8d6;background:#fff;cursor:pointer}.main{background:#4752c4;border-color:#4752c4;color:#fff}
        button:focus-visible,input:focus-visible{outline:3px solid #8f97f5;outline-offset:2px}
        @media(prefers-color-scheme:dark){body{background:#15171e;color:#e9ebf2}main{background:#20232d}p,label i{color:#aab1c3}
        label{border-color:#3a3f4e}label:has(:checked){background:#2a2e47;border-color:#8f97f5}
        button{background:#2a2e3a;color:inherit;border-color:#454b5c}.main{background:#5865f2;border-color:#5865f2;color:#fff}}
        """

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}

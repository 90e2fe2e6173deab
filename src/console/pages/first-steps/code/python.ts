import type { SnippetFacts } from "./snippet.ts";

export const pythonCode = ({ appid, server }: SnippetFacts): string => `# pip install flask
import functools
import json
import urllib.error
import urllib.parse
import urllib.request

from flask import Flask, abort, g, request

WAFERD = "${server}/api/v1/sessions"
APPID = "${appid}"
app = Flask(__name__)


def ask(path, body):
    """Posts JSON to waferd and returns the session; answers 401 or 503 otherwise."""
    call = urllib.request.Request(WAFERD + path, json.dumps(body).encode(), method="POST")
    try:
        with urllib.request.urlopen(call, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        abort(401 if error.code == 401 else 503)
    except OSError:
        abort(503)


def with_session(view):
    @functools.wraps(view)
    def checked(*args, **kwargs):
        session_id = request.headers.get("X-Session-Id", "")
        skey = request.headers.get("X-Session-Skey", "")
        if not session_id or not skey:
            abort(401)
        path = f"/{urllib.parse.quote(session_id, safe='')}/verify"
        g.session = ask(path, {"skey": skey, "appid": APPID})
        return view(*args, **kwargs)

    return checked


@app.post("/login")
def login():
    made = ask("", {"appid": APPID, "code": request.json["code"]})
    return {name: made[name] for name in ("id", "skey", "expiresAt")}


@app.get("/me")
@with_session
def me():
    return {"openid": g.session["openid"]}


if __name__ == "__main__":
    app.run(port=3000)
`;

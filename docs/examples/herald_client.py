"""Has one turn answered by Herald: python herald_client.py http://127.0.0.1:8000 desk SECRET "Is there parking?"."""

import hashlib
import hmac
import json
import sys
import time
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

herald, source, secret, message = sys.argv[1:]


def sign(body: bytes) -> str:
    stamp = str(int(time.time()))
    return f"t={stamp},v1={hmac.new(secret.encode(), stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


class Reply(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        stamp = dict(part.split("=", 1) for part in self.headers["x-dynaris-signature"].split(","))
        signed = hmac.new(secret.encode(), stamp["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signed, stamp["v1"]) or abs(time.time() - int(stamp["t"])) > 300:
            return self.send_error(401)
        said = json.loads(body)  # one that comes again has the same turn_id and number
        print(said["event"], said.get("text") or said.get("outcome") or "")
        self.send_response(200)
        self.end_headers()
        self.server.is_over = said["event"] == "done"


server = HTTPServer(("127.0.0.1", 0), Reply)
turn = {"conversation_id": uuid.uuid4().hex, "message": message, "reply_url": f"http://127.0.0.1:{server.server_port}/"}
body = json.dumps(turn).encode()
headers = {"content-type": "application/json", "x-dynaris-source": source, "x-dynaris-signature": sign(body)}
print(urllib.request.urlopen(urllib.request.Request(f"{herald}/turn", body, headers)).read().decode())
while not getattr(server, "is_over", False):
    server.handle_request()

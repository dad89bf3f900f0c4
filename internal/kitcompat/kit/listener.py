"""Events as the kits receive them: `Program data: <base64>` lines in the logs that mention the program."""
import base64
import json
import struct
import threading

from solders.pubkey import Pubkey
from websockets.sync.client import connect

from .interface import PROGRAM, discriminator


class Payload:
    def __init__(self, data: bytes):
        self.data, self.offset = data, 0

    def take(self, n: int) -> bytes:
        raw = self.data[self.offset : self.offset + n]
        if len(raw) != n:
            raise ValueError("short event")
        self.offset += n
        return raw

    def number(self, fmt: str) -> int:
        return struct.unpack("<" + fmt, self.take(struct.calcsize("<" + fmt)))[0]

    def read(self, kind: str):
        if kind == "key":
            return str(Pubkey(self.take(32)))
        if kind == "text":
            return self.take(self.number("I")).decode()
        return self.number(kind)


FIELDS = {
    "RoundCreated": [("round_id", "Q"), ("creator", "key"), ("dataset", "B"), ("reward_amount", "Q")],
    "RoundCancelled": [("round_id", "Q")],
    "Prevalidated": [("round_id", "Q"), ("validator", "key"), ("accuracy", "I"), ("pre_count", "B")],
    "GradientSubmitted": [("round_id", "Q"), ("trainer", "key"), ("gradient_cid", "text"), ("gradients_count", "B")],
    "Postvalidated": [("round_id", "Q"), ("trainer", "key"), ("validator", "key"), ("accuracy", "I"), ("post_count", "B")],
    "RoundFinalized": [("round_id", "Q")],
    "TrainerRewardClaimed": [("round_id", "Q"), ("trainer", "key"), ("amount", "Q"), ("improvement", "I")],
    "ValidatorRewardClaimed": [("round_id", "Q"), ("validator", "key"), ("amount", "Q"), ("validation_type", "text")],
}
NAMES = {discriminator("event", name): name for name in FIELDS}


def parse(line: str):
    """The event in a log line; None if the kits know no such event."""
    if not line.startswith("Program data: "):
        return None
    data = base64.b64decode(line[14:])
    name = NAMES.get(data[:8])
    if name is None:
        return None
    payload = Payload(data[8:])
    return {"event": name, **{field: payload.read(kind) for field, kind in FIELDS[name]}}


class Listener:
    """Collects all events of the program until a signature has been seen."""

    def __init__(self, url: str):
        self.events, self.signatures, self.fault = [], [], None
        self.more = threading.Condition()
        self.socket = connect(url, ping_interval=30, ping_timeout=10, close_timeout=5)
        self.subscription = self.ask(1, "logsSubscribe", [{"mentions": [str(PROGRAM)]}, {"commitment": "confirmed"}])
        threading.Thread(target=self.listen, daemon=True).start()

    def ask(self, id: int, method: str, params: list):
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
        return json.loads(self.socket.recv(timeout=10))["result"]

    def listen(self):
        try:
            for raw in self.socket:
                message = json.loads(raw)
                if message.get("method") != "logsNotification":
                    continue
                value = message["params"]["result"]["value"]
                with self.more:
                    if value["err"] is None:
                        self.events += [e for e in map(parse, value["logs"]) if e is not None]
                    self.signatures.append(value["signature"])
                    self.more.notify_all()
        except Exception as e:  # raised in wait_for
            with self.more:
                self.fault = e
                self.more.notify_all()

    def wait_for(self, signature: str):
        with self.more:
            if not self.more.wait_for(lambda: self.fault or signature in self.signatures, timeout=20):
                raise TimeoutError(f"no notification about {signature}")
            if self.fault and signature not in self.signatures:
                raise self.fault

    def close(self):
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": 2, "method": "logsUnsubscribe", "params": [self.subscription]}))
        self.socket.close()

# Words that all scenarios share: connecting, waiting, gathering, and values in the shape that scenarios.json describes.
# Knows no scenario. Used by the scenarios_*.py beside it.
import asyncio
import dataclasses
import hashlib
import json
import ssl
import sys
import time

import nats
import nats.errors
import nats.js.errors
from nats.js import api


class Scenarios(dict):
    """Scenario id to function, filled by a decorator."""

    def scenario(self, name):
        def keep(function):
            self[name] = function
            return function

        return keep


def describe_error(error):
    """An error in words that every client can say; see ../README.md."""
    if isinstance(error, nats.js.errors.KeyWrongLastSequenceError):
        # The client makes this error of exactly this code and keeps the description alone.
        return {"code": 400, "err_code": 10071, "description": error.description}
    if isinstance(error, nats.js.errors.APIError):
        err_code = getattr(error, "err_code", None)
        if err_code not in (None, 10037):
            return {"code": error.code, "err_code": err_code, "description": error.description}
        if isinstance(error, nats.js.errors.NotFoundError):
            return "not found"
        if isinstance(error, nats.js.errors.ServiceUnavailableError):
            return "no responders"
    if isinstance(error, (nats.errors.NoRespondersError, nats.js.errors.NoStreamResponseError)):
        return "no responders"
    if isinstance(error, asyncio.TimeoutError):
        return "timeout"
    if isinstance(error, nats.errors.AuthorizationError) or "Authorization Violation" in str(error):
        return "authorization violation"
    if isinstance(error, nats.errors.MaxPayloadError):
        return "max payload"
    return f"{type(error).__name__}: {error}"


async def failure(work):
    """What an awaitable that is to fail failed with."""
    try:
        await work
    except Exception as error:
        return describe_error(error)
    return "no error"


async def outcome(work):
    try:
        value = await work
    except Exception as error:
        return describe_error(error)
    return "ok" if value is None else value


async def settle(ask, is_done, seconds=4.0):
    """Asks again until `is_done` or the deadline, and returns the last answer."""
    until = time.monotonic() + seconds
    while True:
        answer = await ask()
        if is_done(answer) or time.monotonic() > until:
            return answer
        await asyncio.sleep(0.025)


async def flush(connection):
    """Waits until the server has handled everything sent before, and its messages are here."""
    # The client's flush sends its PING ahead of what it has buffered, so that only the second one comes last.
    await connection.flush(timeout=5)
    await connection.flush(timeout=5)


async def take(sub, count):
    """The next messages of a subscription."""
    return [await sub.next_msg(timeout=5) for _ in range(count)]


async def waiting(sub):
    """What a subscription holds already; everything that was flushed before has arrived."""
    return await take(sub, sub.pending_msgs)


def text(data):
    return (data or b"").decode()


def status(message):
    """Code and text of a status message; 0 when it is none."""
    headers = message.headers or {}
    # With headers but without a text in the status line, this client takes the first header for the text.
    return int(headers.get("Status", "0")), headers.get("Description", "").partition("\n")[0]


def header_lists(headers):
    # This client knows one value for each name.
    return {name: [value] for name, value in (headers or {}).items() if name not in ("Status", "Description")}


def plain(message):
    return {"subject": message.subject, "data": text(message.data)}


def ack(pub_ack):
    return {"stream": pub_ack.stream, "seq": pub_ack.seq, "duplicate": pub_ack.duplicate is True}


def state(info):
    now = info.state
    return {
        "messages": now.messages,
        "bytes": now.bytes,
        "first_seq": now.first_seq,
        "last_seq": now.last_seq,
        "num_deleted": now.num_deleted or 0,
    }


def progress(info):
    pair = lambda of: {"consumer_seq": of.consumer_seq, "stream_seq": of.stream_seq}
    return {
        "delivered": pair(info.delivered),
        "ack_floor": pair(info.ack_floor),
        "num_ack_pending": info.num_ack_pending,
        "num_redelivered": info.num_redelivered,
        "num_pending": info.num_pending,
    }


def stream_seq(message):
    return message.metadata.sequence.stream


def delivery(message):
    meta = message.metadata
    return {
        **plain(message),
        "stream_seq": meta.sequence.stream,
        "consumer_seq": meta.sequence.consumer,
        "delivered": meta.num_delivered,
        "pending": meta.num_pending,
    }


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def pattern(length):
    """Bytes that say where they are."""
    return bytes((i * 31 + (i >> 8)) & 0xFF for i in range(length))


def kv_entry(entry):
    return {
        "key": entry.key,
        "value": text(entry.value),
        "revision": entry.revision,
        "operation": entry.operation or "PUT",
    }


async def fetch(consumer, count, seconds=2.0):
    try:
        return await consumer.fetch(count, timeout=seconds)
    except asyncio.TimeoutError:
        return []


async def next_of(consumer, seconds):
    """One message, or None when none came in time."""
    messages = await fetch(consumer, 1, seconds)
    return messages[0] if messages else None


def to_json(value):
    """Python's words for what the client's answers hold."""
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else str(value)


class Stage:
    """What a scenario gets: a fresh connection, and the words it observes with."""

    def __init__(self, name, options):
        self.name = name
        self.options = options
        self.opened = []

    async def open(self):
        self.nc = await self.connect()
        self.js = self.nc.jetstream(timeout=5)

    async def close(self):
        for connection in self.opened:
            await connection.close()

    async def connect(self, servers=None, **options):
        async def ignore(_error):
            # Without a handler the client logs to the error output, which is for failures of this runner.
            pass

        options.setdefault("error_cb", ignore)
        options = self.identity() | options
        connection = await nats.connect(servers or self.options["url"], **options)
        self.opened.append(connection)
        return connection

    def identity(self):
        """Who the harness says we are, and whom we trust; see ../README.md."""
        given = {}
        if "ca" in self.options:
            given["tls"] = ssl.create_default_context(cafile=self.options["ca"])
        if "as-user" in self.options:
            given |= {"user": self.options["as-user"], "password": self.options["as-password"]}
        if "as-seed" in self.options:
            given["nkeys_seed_str"] = self.options["as-seed"]
        return given

    def see(self, step, value):
        self._print({"scenario": self.name, "step": step, "value": value})

    async def ask(self, action, server):
        """Lets the harness do something to a server, and waits until it is done."""
        self._print({"ask": action, "server": server})
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

    def _print(self, value):
        print(json.dumps(value, default=to_json), flush=True)

    async def api(self, subject, body=None):
        """An API request by hand, for what this client has no words for."""
        payload = b"" if body is None else json.dumps(body).encode()
        reply = json.loads((await self.nc.request(f"$JS.API.{subject}", payload, timeout=5)).data)
        if "error" in reply:
            raise nats.js.errors.APIError(**reply["error"])
        return reply

    async def put(self, subject, data="", **headers):
        return await self.js.publish(subject, data.encode(), headers=headers.get("headers"))

    async def fill(self, name, count, **config):
        """A stream with messages m1, m2, ... on `name.0`, `name.1`, `name.2` in turn (name in lower case)."""
        subject = name.lower()
        await self.js.add_stream(name=name, subjects=[f"{subject}.>"], **config)
        for i in range(1, count + 1):
            await self.put(f"{subject}.{i % 3}", f"m{i}")

    async def state(self, stream):
        return state(await self.js.stream_info(stream))

    async def progress(self, stream, consumer):
        return progress(await self.js.consumer_info(stream, consumer))

    async def add(self, stream, **config):
        return await self.js.add_consumer(stream, api.ConsumerConfig(**config))

    async def consumer(self, stream, **config):
        """A new pull consumer, ready to fetch from."""
        info = await self.add(stream, **config)
        return await self.js.pull_subscribe_bind(info.name, stream)

    async def gather(self, subject, request, is_end, seconds=3.0):
        """Sends a request by hand and collects what comes up to a status for which `is_end` holds."""
        inbox = self.nc.new_inbox()
        sub = await self.nc.subscribe(inbox)
        await self.nc.publish(subject, request.encode(), reply=inbox)
        until = time.monotonic() + seconds
        messages = []
        while not messages or not is_end(status(messages[-1])[0]):
            messages.append(await sub.next_msg(timeout=max(until - time.monotonic(), 0.001)))
        await sub.unsubscribe()
        return messages

    async def pull(self, stream, consumer, request):
        """Sends a pull request by hand: payloads, then the closing status."""
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        body = request if isinstance(request, str) else json.dumps(request)
        result = []
        for message in await self.gather(subject, body, lambda code: code >= 400):
            code, words = status(message)
            if code == 0:
                result.append(text(message.data))
            else:
                result.append({"code": code, "text": words, "headers": header_lists(message.headers)})
        return result

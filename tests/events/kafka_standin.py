"""A Kafka of one server as the client sees it: it speaks the wire format, and keeps what comes."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from struct import unpack
from typing import Any

from aiokafka.protocol.admin import (
    ApiVersionResponse_v0,
    SaslAuthenticateRequest_v0,
    SaslAuthenticateResponse_v0,
    SaslHandShakeResponse_v1,
)
from aiokafka.protocol.api import ResponseHeader_v0
from aiokafka.protocol.metadata import MetadataRequest_v1, MetadataResponse_v1
from aiokafka.protocol.produce import ProduceRequest_v3, ProduceResponse_v3
from aiokafka.protocol.transaction import InitProducerIdResponse_v0
from aiokafka.record import MemoryRecords

PRODUCE, METADATA, HANDSHAKE, VERSIONS, PRODUCER_ID, LOGIN = 0, 3, 17, 18, 22, 36
SPOKEN = {PRODUCE: 3, METADATA: 1, HANDSHAKE: 1, VERSIONS: 0, PRODUCER_ID: 0, LOGIN: 0}
"""The one version of each request that is understood."""
REFUSED, NOT_ENOUGH_REPLICAS = 58, 19
PARTITIONS = 3


@dataclass(frozen=True)
class Kept:
    """A record as it came."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: dict[str, bytes]
    at_ms: int
    acks: int


@dataclass
class KafkaStandIn:
    """What came, and how it answers.

    Attributes:
        port: Where it listens.
        kept: The records that it has taken.
        password: Of those who log in; the others are refused.
        refusals: How many requests to write are refused first.
    """

    port: int = 0
    kept: list[Kept] = field(default_factory=list)
    password: str = ""
    refusals: int = 0

    def answer(self, key: int, body: BytesIO) -> Any:
        if key == VERSIONS:
            return ApiVersionResponse_v0(0, [(one, at, at) for one, at in SPOKEN.items()])
        if key == METADATA:
            asked = MetadataRequest_v1.decode(body).topics or []
            server, partitions = (0, "127.0.0.1", self.port, None), range(PARTITIONS)
            places = [(0, one, 0, [0], [0]) for one in partitions]
            return MetadataResponse_v1([server], 0, [(0, one, False, places) for one in asked])
        if key == HANDSHAKE:
            return SaslHandShakeResponse_v1(0, ["PLAIN"])
        if key == LOGIN:
            said = SaslAuthenticateRequest_v0.decode(body).sasl_auth_bytes
            right = said.split(b"\x00")[-1].decode() == self.password
            return SaslAuthenticateResponse_v0(0 if right else REFUSED, None, b"")
        if key == PRODUCER_ID:
            return InitProducerIdResponse_v0(0, 0, 1, 0)
        assert key == PRODUCE
        return self._produced(ProduceRequest_v3.decode(body))

    def _produced(self, request: Any) -> Any:
        error = 0
        if self.refusals:
            self.refusals, error = self.refusals - 1, NOT_ENOUGH_REPLICAS
        told = []
        for topic, partitions in request.topics:
            for partition, records in partitions:
                if not error:
                    self._keep(topic, partition, records, request.required_acks)
            places = [(partition, error, len(self.kept), -1) for partition, _ in partitions]
            told.append((topic, places))
        return ProduceResponse_v3(told, 0)

    def _keep(self, topic: str, partition: int, records: bytes, acks: int) -> None:
        batches = MemoryRecords(records)
        while (batch := batches.next_batch()) is not None:
            for one in batch:
                headers = dict(one.headers)
                kept = (one.key, one.value, headers, one.timestamp)
                self.kept.append(Kept(topic, partition, *kept, acks))


@contextlib.contextmanager
def kafka_standing_in(**options: Any) -> Iterator[KafkaStandIn]:
    """Listens on this machine, until the end."""
    standin = KafkaStandIn(**options)

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while size := self.rfile.read(4):
                body = BytesIO(self.rfile.read(int.from_bytes(size, "big")))
                key, version, number, named = unpack(">hhih", body.read(10))
                body.read(max(named, 0))
                assert SPOKEN[key] == version, "of what was offered"
                answer = ResponseHeader_v0(number).encode() + standin.answer(key, body).encode()
                self.wfile.write(len(answer).to_bytes(4, "big") + answer)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Talk) as server:
        standin.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield standin
        finally:
            server.shutdown()
            thread.join()

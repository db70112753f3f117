"""An S3-compatible store: moto's server, which speaks the vendor's wire format, on the loopback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
from moto.server import ThreadedMotoServer
from pyarrow import fs

from fintech_pipeline.settings.bucket import BucketAccess, bucket_access
from fintech_pipeline.storage.bucket import open_bucket

KEY_ID, SECRET = "AKIAEXAMPLE", "a-word-that-nobody-may-see"


@dataclass(frozen=True)
class Store:
    """A store with one bucket."""

    endpoint: str
    bucket: str

    @property
    def environment(self) -> dict[str, str]:
        """What a command that uses it finds set."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    @property
    def access(self) -> BucketAccess:
        return bucket_access(self.environment)

    def files(self) -> fs.S3FileSystem:
        files = open_bucket(f"s3://{self.bucket}", self.access).files
        assert isinstance(files, fs.S3FileSystem)
        return files

    def names(self) -> list[str]:
        """Of all objects, without the empty ones that stand for folders."""
        there = self.files().get_file_info(fs.FileSelector(self.bucket, recursive=True))
        return sorted(one.path.removeprefix(f"{self.bucket}/") for one in there if one.is_file)

    def refuse_whom_it_does_not_know(self) -> None:
        requests.post(f"{self.endpoint}/moto-api/reset-auth", data="0", timeout=10)


@contextmanager
def object_store(bucket: str) -> Iterator[Store]:
    """A store with an empty bucket, until the end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    requests.post(f"{endpoint}/moto-api/reset", timeout=10)
    requests.put(f"{endpoint}/{bucket}", timeout=10).raise_for_status()
    try:
        yield Store(endpoint, bucket)
    finally:
        # What it refuses is the whole process's, and the next one may ask.
        requests.post(f"{endpoint}/moto-api/reset-auth", data="1000000", timeout=10)
        server.stop()

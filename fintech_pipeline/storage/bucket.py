"""Backups in an S3-compatible store: sent whole or not there, the list last."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pyarrow import fs
from pydantic import SecretStr

from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.settings.bucket import BucketAccess
from fintech_pipeline.storage.backup import Backup, list_of, whole_backups

SCHEME = "s3://"
CONNECT_SECONDS, ANSWER_SECONDS = 10, 120
_BLOCK = 8 * 2**20
_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[^/\s]+)*)/?")
# Only the kind of the refusal is passed on: stores quote keys in what they say besides.
_REFUSAL = re.compile(r"AWS Error (\w+)(?: \(HTTP status (\d+)\))? during (\w+) operation")
_UNKNOWN_TO_IT = {
    "ACCESS_DENIED",
    "EXPIRED_TOKEN",
    "INVALID_ACCESS_KEY_ID",
    "INVALID_CLIENT_TOKEN_ID",
    "MISSING_AUTHENTICATION_TOKEN",
    "SIGNATURE_DOES_NOT_MATCH",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A place for backups.

    Attributes:
        address: `s3://BUCKET/PREFIX`, without a slash at its end.
        endpoint: Where the store is, for a person.
        files: The store.
    """

    address: str
    endpoint: str
    files: fs.S3FileSystem = field(repr=False)

    def backups(self, name: str) -> list[str]:
        """The files of whole backups of a configuration, the oldest first.

        Raises:
            ConfigurationError: There is no such bucket, or it refuses the key.
            StorageError: The store cannot be reached or failed.
        """
        with self._translated():
            try:
                there = self.files.get_file_info(fs.FileSelector(self._path("")))
            except FileNotFoundError:
                return []  # nothing was sent there yet
        return whole_backups({one.base_name for one in there if one.is_file}, name)

    def send(self, file: Path, made: Backup) -> None:
        """Sends a backup's file, then its list; what fails leaves no list.

        Raises:
            ConfigurationError: There is no such bucket, or it refuses the key.
            StorageError: The store cannot be reached, failed, or holds less than was sent.
        """
        try:
            self._send(file)
            self._require(file.name, made.size_bytes)
            self._send(list_of(file))
        except BaseException:
            self._remove(list_of(file).name, file.name)
            raise

    def keep(self, name: str, count: int) -> None:
        """Removes the oldest backups of a configuration beyond so many.

        Raises:
            ConfigurationError: The store refuses the key.
            StorageError: The store cannot be reached or failed.
        """
        for old in self.backups(name)[:-count]:
            with self._translated():
                # The list first: without it nobody takes the file for a backup.
                self.files.delete_file(self._path(list_of(Path(old)).name))
                self.files.delete_file(self._path(old))

    def fetch(self, file: str, folder: Path) -> Path:
        """Brings a backup's file and its list into a folder.

        Raises:
            ConfigurationError: There is no such backup or bucket, or it refuses the key.
            StorageError: The store cannot be reached or failed, or the folder cannot be written.
        """
        local = folder / file
        # The list first: it is small, and tells whether there is a backup.
        for one in (list_of(local), local):
            with self._translated():
                try:
                    stream = self.files.open_input_stream(self._path(one.name))
                except FileNotFoundError:
                    raise ConfigurationError(
                        f"{self.address}/{file} is no backup: {one.name} is not there."
                    ) from None
                with stream, one.open("wb") as written:
                    shutil.copyfileobj(stream, written, _BLOCK)
        return local

    def _send(self, file: Path) -> None:
        with self._translated(), file.open("rb") as read:
            stream = self.files.open_output_stream(self._path(file.name))
            with stream:
                shutil.copyfileobj(read, stream, _BLOCK)

    def _require(self, file: str, size_bytes: int) -> None:
        with self._translated():
            arrived = self.files.get_file_info(self._path(file)).size or 0
        if arrived != size_bytes:
            raise StorageError(
                f"{self.address} holds {arrived:,} bytes of {file} and not {size_bytes:,}; it is "
                "no backup, and was removed."
            )

    def _remove(self, *files: str) -> None:
        for one in files:
            with suppress(OSError):
                self.files.delete_file(self._path(one))

    def _path(self, file: str) -> str:
        return f"{self.address.removeprefix(SCHEME)}/{file}".rstrip("/")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._why(error) from None

    def _why(self, error: OSError) -> ConfigurationError | StorageError:
        refusal = _REFUSAL.search(str(error))
        if refusal is None:
            return StorageError(
                f"{self.address} failed: {error.strerror or 'no reason was given'}."
            )
        kind, status, doing = refusal.groups()
        bucket = self.address.removeprefix(SCHEME).partition("/")[0]
        if kind == "NO_SUCH_BUCKET":
            return ConfigurationError(f"{self.endpoint} has no bucket {bucket}; make it first.")
        if kind in _UNKNOWN_TO_IT or status in {"401", "403"}:
            return ConfigurationError(
                f"{self.endpoint} refuses the key for {bucket} ({kind} during {doing}); check "
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what the key may do."
            )
        if status == "301":
            return ConfigurationError(f"{bucket} is in another region; set AWS_REGION to its own.")
        if kind == "NETWORK_CONNECTION":
            return StorageError(
                f"{self.endpoint} can't be reached; check AWS_ENDPOINT_URL and the network."
            )
        return StorageError(f"{self.endpoint} failed ({kind} during {doing}); run it again.")


def open_bucket(address: str, access: BucketAccess) -> Bucket:
    """A place for backups, not yet contacted.

    Args:
        address: `s3://BUCKET` or `s3://BUCKET/PREFIX`.
        access: Where the store is, and who asks.

    Raises:
        ConfigurationError: It is no such address.
    """
    if not _ADDRESS.fullmatch(address):
        raise ConfigurationError(
            f"{address} is no address of a bucket, such as s3://bucket/prefix."
        )
    store = urlsplit(access.endpoint or "https://")
    files = fs.S3FileSystem(
        access_key=_told(access.key_id),
        secret_key=_told(access.key),
        session_token=_told(access.token),
        region=access.region,
        scheme="http" if store.scheme == "http" else "https",
        endpoint_override=store.netloc or None,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=ANSWER_SECONDS,
    )
    return Bucket(address.rstrip("/"), access.endpoint or "Amazon S3", files)


def _told(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()

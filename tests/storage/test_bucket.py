"""Backups in an S3-compatible store, a real server of moto's: whole or not there."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.settings.bucket import BucketAccess, bucket_access
from fintech_pipeline.storage.backup import back_up, list_of, read_backup, restore
from fintech_pipeline.storage.bucket import Bucket, open_bucket
from fintech_pipeline.storage.database import Database
from tests.storage.conftest import own_database
from tests.storage.cut_line import CutLine
from tests.storage.object_store import KEY_ID, SECRET, Store, object_store
from tests.storage.servers import Server
from tests.storage.test_backup import all_of, filled

NOW = datetime(2026, 3, 2, 3, 15, tzinfo=UTC)
ADDRESS = "s3://backups/market/demo"


@pytest.fixture
def store() -> Iterator[Store]:
    with object_store("backups") as running:
        yield running


@pytest.fixture
def bucket(store: Store) -> Bucket:
    return open_bucket(f"{ADDRESS}/", store.access)


def sent(bucket: Bucket, database: Database, folder: Path, now: datetime = NOW) -> str:
    made = back_up(database, "test", folder, now, keep=9)
    bucket.send(folder / made.file, made)
    return made.file


def test_what_comes_back_from_the_store_is_what_was_sent(
    bucket: Bucket, store: Store, database: Database, server: Server, tmp_path: Path
) -> None:
    assert bucket.backups("test") == []
    file = sent(bucket, filled(database), tmp_path)
    assert store.names() == [f"market/demo/{file}", f"market/demo/{list_of(Path(file)).name}"]
    assert bucket.backups("test") == [file]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with own_database(server) as empty:
        restore(bucket.fetch(file, elsewhere), empty)
        assert all_of(empty) == all_of(database)


def test_the_newest_stay_and_those_of_others_too(
    bucket: Bucket, store: Store, database: Database, tmp_path: Path
) -> None:
    filled(database)
    other = back_up(database, "test-two", tmp_path, NOW, keep=1)
    bucket.send(tmp_path / other.file, other)
    for minute in range(4):
        sent(bucket, database, tmp_path, NOW + timedelta(minutes=minute))
    bucket.keep("test", 2)
    assert bucket.backups("test") == ["test-20260302T031700Z.dump", "test-20260302T031800Z.dump"]
    assert bucket.backups("test-two") == [other.file]
    assert len(store.names()) == 6


def test_a_line_that_is_cut_in_the_middle_leaves_no_backup(
    bucket: Bucket, store: Store, database: Database, tmp_path: Path
) -> None:
    older = sent(bucket, filled(database), tmp_path)
    made = back_up(database, "test", tmp_path, NOW + timedelta(days=1), keep=9)
    large = tmp_path / made.file
    large.write_bytes(os.urandom(24 * 2**20))  # several parts
    with CutLine(store.endpoint, 12 * 2**20) as endpoint:
        cut = open_bucket(ADDRESS, replace(store.access, endpoint=endpoint))
        with pytest.raises(StorageError, match=rf"{endpoint} can't be reached"):
            cut.send(large, replace(made, size_bytes=large.stat().st_size))
    assert bucket.backups("test") == [older]
    assert store.names() == [f"market/demo/{older}", f"market/demo/{list_of(Path(older)).name}"]


def test_a_file_that_arrives_short_is_taken_away_again(
    bucket: Bucket, store: Store, database: Database, tmp_path: Path
) -> None:
    older = sent(bucket, filled(database), tmp_path)
    made = back_up(database, "test", tmp_path, NOW + timedelta(days=1), keep=9)
    whole = tmp_path / made.file
    whole.write_bytes(whole.read_bytes()[:-10])  # the disk's end is gone while it is sent
    with pytest.raises(StorageError, match=r"holds [\d,]+ bytes of \S+ and not [\d,]+; it is no"):
        bucket.send(whole, made)
    assert bucket.backups("test") == [older]
    assert store.names() == [f"market/demo/{older}", f"market/demo/{list_of(Path(older)).name}"]


def test_a_store_that_ends_in_the_middle_has_no_list(
    bucket: Bucket, store: Store, database: Database, tmp_path: Path
) -> None:
    made = back_up(filled(database), "test", tmp_path, NOW, keep=9)
    list_of(tmp_path / made.file).unlink()  # the file arrives, and then the disk fails
    with pytest.raises(StorageError, match="No such file"):
        bucket.send(tmp_path / made.file, made)
    assert bucket.backups("test") == []
    assert store.names() == []


def test_a_file_without_a_list_is_no_backup(
    bucket: Bucket, store: Store, database: Database, tmp_path: Path
) -> None:
    file = sent(bucket, filled(database), tmp_path)
    store.files().delete_file(f"backups/market/demo/{list_of(Path(file)).name}")
    assert bucket.backups("test") == []
    with pytest.raises(ConfigurationError, match=rf"{file} is no backup: \S+\.json is not there"):
        bucket.fetch(file, tmp_path)


def test_what_was_changed_in_the_store_is_refused(
    bucket: Bucket, store: Store, database: Database, tmp_path: Path
) -> None:
    file = sent(bucket, filled(database), tmp_path)
    path = f"backups/market/demo/{file}"
    whole = store.files().open_input_stream(path).read()
    with store.files().open_output_stream(path) as stream:
        stream.write(whole[:100] + b"x" + whole[101:])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(ConfigurationError, match="is not the file that was written"):
        read_backup(bucket.fetch(file, elsewhere))


def test_a_wrong_key_is_told_in_a_sentence_that_shows_none(bucket: Bucket, store: Store) -> None:
    store.refuse_whom_it_does_not_know()
    with pytest.raises(ConfigurationError) as caught:
        bucket.backups("test")
    told = str(caught.value)
    assert told == (
        f"{store.endpoint} refuses the key for backups (INVALID_ACCESS_KEY_ID during "
        "ListObjectsV2); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what the key may do."
    )
    for shown in (told, repr(bucket), repr(store.access), str(caught.value.__cause__)):
        assert SECRET not in shown
        assert KEY_ID not in shown


def test_a_bucket_that_is_not_there_is_told(store: Store) -> None:
    absent = open_bucket("s3://elsewhere/market", store.access)
    with pytest.raises(ConfigurationError, match="has no bucket elsewhere; make it first"):
        absent.backups("test")


def test_a_store_that_is_away_is_told(store: Store) -> None:
    away = open_bucket(ADDRESS, replace(store.access, endpoint="http://127.0.0.1:1"))
    with pytest.raises(StorageError, match=r"127\.0\.0\.1:1 can't be reached"):
        away.backups("test")


@pytest.mark.parametrize(
    "address", ["s3://", "s3://B", "s3://a/../b c", "s3:/backups", "s3://-x/y"]
)
def test_what_is_no_address_of_a_bucket_is_told(address: str, store: Store) -> None:
    with pytest.raises(ConfigurationError, match="is no address of a bucket"):
        open_bucket(address, store.access)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"AWS_ACCESS_KEY_ID": "key"}, "belong together"),
        ({"AWS_ENDPOINT_URL": "s3.example.org"}, "is no address without a login"),
        ({"AWS_ENDPOINT_URL": f"https://me:{SECRET}@s3.example.org"}, "is no address without"),
    ],
)
def test_an_environment_that_makes_no_sense_is_told(environment: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        bucket_access(environment)
    assert SECRET not in str(caught.value)


def test_without_a_key_the_machines_own_identity_asks() -> None:
    access = bucket_access({"AWS_DEFAULT_REGION": "eu-central-1"})
    assert access == BucketAccess(None, None, None, "eu-central-1", None)
    assert bucket_access({"AWS_SESSION_TOKEN": "t"}).token == SecretStr("t")

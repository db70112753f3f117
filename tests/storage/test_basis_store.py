"""What signals were made with: stored once, read back the same, and never under a used label."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from fintech_pipeline.composition import open_pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.settings import load_settings
from fintech_pipeline.signals.basis_store import Basis, BasisStore
from fintech_pipeline.signals.strategy import Regime
from fintech_pipeline.signals.strategy_files import load_strategy
from fintech_pipeline.storage.database import Database

BALANCED = load_strategy("balanced")
TREND = Regime("quiet", "adx", 1.0, {"trend": 0.5})
CHANGED = replace(BALANCED, regimes=(TREND,))
BASIS = Basis(
    BALANCED, ("gemini-x", "local-1"), timedelta(hours=7, microseconds=1), {"reuters.com": 0.1}
)


@pytest.fixture
def store(on_either: Database) -> BasisStore:
    return BasisStore(on_either)


def keep(store: BasisStore, basis: Basis) -> int:
    with store.database.transaction() as connection:
        return store.basis_id(connection, basis)


def count(store: BasisStore) -> int:
    with store.database.transaction() as connection:
        return len(connection.execute(sa.text("SELECT id FROM fintech.signal_bases")).all())


def test_a_basis_is_stored_once_and_read_back_the_same(store: BasisStore) -> None:
    first = keep(store, BASIS)
    assert keep(store, BASIS) == first
    assert store.read([first, first + 99]) == {first: BASIS}
    assert count(store) == 1


def test_read_back_the_components_stand_in_the_order_in_which_they_were_summed(
    store: BasisStore,
) -> None:
    # The database sorts the keys of what it stores.
    (found,) = store.read([keep(store, BASIS)]).values()
    assert list(found.strategy.weights) == list(BALANCED.weights)
    assert list(found.strategy.bands) == list(BALANCED.bands)


@pytest.mark.parametrize(
    "other",
    [
        replace(BASIS, models=("local-1", "gemini-x")),
        replace(BASIS, half_life=timedelta(hours=8)),
        replace(BASIS, source_weights={}),
        replace(BASIS, formulas=BASIS.formulas + 1),
        replace(BASIS, strategy=replace(CHANGED, version=99)),
    ],
    ids=["models", "half-life", "sources", "formulas", "strategy"],
)
def test_whatever_differs_makes_another_basis(store: BasisStore, other: Basis) -> None:
    ids = [keep(store, BASIS), keep(store, other)]
    assert store.read(ids) == dict(zip(ids, [BASIS, other], strict=True))
    assert len(set(ids)) == 2


def test_a_strategy_that_changed_under_a_used_version_is_refused_and_nothing_is_stored(
    store: BasisStore,
) -> None:
    keep(store, BASIS)
    refused = rf"^The strategy {BALANCED.label} is not the one .*: raise the version .* to 3"
    with pytest.raises(ConfigurationError, match=refused):
        keep(store, replace(BASIS, strategy=CHANGED))
    with pytest.raises(ConfigurationError, match=refused):
        store.require_unchanged([BALANCED, CHANGED])
    assert count(store) == 1
    store.require_unchanged([BALANCED, replace(CHANGED, version=3)])


def test_of_two_processes_that_store_one_basis_at_once_both_get_its_id(store: BasisStore) -> None:
    barrier = Barrier(4)

    def at_once(_: int) -> int:
        with store.database.transaction() as connection:
            barrier.wait()
            return store.basis_id(connection, BASIS)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(at_once, range(4)))) == 1
    assert count(store) == 1


def test_of_two_definitions_of_one_label_at_once_one_is_refused(store: BasisStore) -> None:
    barrier = Barrier(2)

    def at_once(basis: Basis) -> int | ConfigurationError:
        try:
            with store.database.transaction() as connection:
                barrier.wait()
                return store.basis_id(connection, basis)
        except ConfigurationError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(at_once, [BASIS, replace(BASIS, strategy=CHANGED)]))
    assert sorted(isinstance(one, int) for one in made) == [False, True]
    assert count(store) == 1


def test_a_pipeline_is_not_opened_with_a_strategy_that_changed_under_its_version(
    database: Database,
) -> None:
    settings = load_settings(environment={"DATABASE_URL": database.url})
    open_pipeline(settings).close()
    keep(BasisStore(database), replace(BASIS, strategy=CHANGED))
    with pytest.raises(ConfigurationError, match=r"raise the version in its file to 3"):
        open_pipeline(settings)

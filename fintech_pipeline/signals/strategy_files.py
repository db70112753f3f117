"""Reading strategies from TOML files, the shipped ones and those a person wrote."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.signals.definition import strategy_of
from fintech_pipeline.signals.strategy import Strategy

SHIPPED = Path(__file__).parent / "strategies"


def load_strategies(named: Sequence[str | Path]) -> tuple[Strategy, ...]:
    """The strategies in the order given.

    Args:
        named: The name of a shipped one, or the path of a file.

    Raises:
        ConfigurationError: A name or a file is wrong, or two of them have one name and version.
    """
    files = [file_of(one) for one in named]
    strategies = tuple(_read(file) for file in files)
    seen: dict[str, Path] = {}
    for file, strategy in zip(files, strategies, strict=True):
        if strategy.label in seen:
            raise ConfigurationError(
                f"The strategy files {seen[strategy.label]} and {file} both have the name "
                f"{strategy.name} and the version {strategy.version}; change one of them."
            )
        seen[strategy.label] = file
    return strategies


def load_strategy(named: str | Path) -> Strategy:
    """The shipped strategy of that name, or the one in the file.

    Raises:
        ConfigurationError: One sentence: there is none, or what is wrong in which file.
    """
    return _read(file_of(named))


def shipped_besides(named: Sequence[str | Path]) -> list[Strategy]:
    """The shipped strategies that are not among those named, by the names of their files.

    Raises:
        ConfigurationError: A name or a file is wrong.
    """
    used = {file_of(one).resolve() for one in named}
    return [_read(path) for path in sorted(SHIPPED.glob("*.toml")) if path.resolve() not in used]


def file_of(named: str | Path) -> Path:
    """Where the strategy stands: the path given, or the file of the shipped one of that name.

    Raises:
        ConfigurationError: None of that name ships.
    """
    if isinstance(named, Path):
        return named
    known = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    if named not in known:
        raise ConfigurationError(
            f"There is no strategy {named}; there is {', '.join(known)}, or name a file: "
            f"{named}.toml."
        )
    return SHIPPED / f"{named}.toml"


def _read(file: Path) -> Strategy:
    try:
        # A pipe or a device would be read for ever.
        if file.exists() and not file.is_file():
            raise ConfigurationError(f"The strategy {file} is not a file.")
        # Some editors begin a file with a mark, which TOML does not know.
        return strategy_of(tomllib.loads(file.read_text("utf-8-sig")))
    except FileNotFoundError:
        raise ConfigurationError(f"There is no strategy file {file}.") from None
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(f"The strategy file {file} can't be read: {reason}.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"The strategy file {file} is not UTF-8 text.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"The strategy file {file} is not valid TOML: {error}.") from None
    except ValueError as error:
        raise ConfigurationError(f"The strategy file {file} is wrong: {error}.") from None

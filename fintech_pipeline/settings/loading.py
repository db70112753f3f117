"""Reading a configuration from its file and the environment.

A configuration is a TOML file. `${NAME}` in a text expands to the environment's value; relative
paths are relative to the file; `FINTECH_<SECTION>__<KEY>` overrides a key, its value written as in
TOML or, for a text, plainly; `DATABASE_URL` and `DATABASE_REPLICA_URL` override the database and
its copy. Secrets come from the environment only.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.settings.configuration import Settings
from fintech_pipeline.settings.section import Section

DEFAULT_CONFIG = Path(__file__).parents[1] / "demo.toml"
CONFIG_VARIABLE = "FINTECH_CONFIG"
PREFIX = "FINTECH_"


def load_settings(
    path: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings in a TOML file, with the environment's overrides.

    Args:
        path: The file; None reads `FINTECH_CONFIG`, and without it the built-in demo.
        environment: The environment to read; None is the process's own.

    Raises:
        ConfigurationError: One sentence naming the file and the first key or value that is wrong.
    """
    env = os.environ if environment is None else environment
    named = path or (Path(env[CONFIG_VARIABLE]) if env.get(CONFIG_VARIABLE) else None)
    file = (named or DEFAULT_CONFIG).expanduser().resolve()
    folder = file.parent if named else Path.cwd()
    try:
        tree = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"There is no configuration file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The configuration file {file} can't be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file.name} is not valid TOML: {error}.") from None
    tree = _expanded(tree, env, file.name)
    _override(tree, env)
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigurationError(f"{file.name}: {_sentence(error)}") from None
    return _anchored(settings, folder)


def is_set(variable: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the environment has something under the name; what, nobody learns."""
    return bool((os.environ if environment is None else environment).get(variable, "").strip())


def secret(variable: str, environment: Mapping[str, str] | None = None) -> SecretStr | None:
    """What the environment has under the name; None where it has nothing."""
    env = os.environ if environment is None else environment
    return SecretStr(env[variable].strip()) if is_set(variable, env) else None


def _expanded(node: Any, env: Mapping[str, str], file: str) -> Any:
    if isinstance(node, dict):
        return {key: _expanded(value, env, file) for key, value in node.items()}
    if isinstance(node, list):
        return [_expanded(value, env, file) for value in node]
    if not isinstance(node, str):
        return node

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in env:
            raise ConfigurationError(
                f"{file} uses ${{{name}}}, which the environment does not set; export {name} first."
            )
        return env[name]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value_of, node)


def _override(tree: dict[str, Any], env: Mapping[str, str]) -> None:
    database = tree.setdefault("database", {})
    if env.get("DATABASE_URL") and isinstance(database, dict):
        database["url"] = env["DATABASE_URL"]
    if env.get("DATABASE_REPLICA_URL") and isinstance(database, dict):
        database["replica_url"] = env["DATABASE_REPLICA_URL"]
    for variable, text in env.items():
        section, separator, key = variable.removeprefix(PREFIX).lower().partition("__")
        if not variable.startswith(PREFIX) or not separator or not text:
            continue
        node = tree.setdefault(section, {})
        for part in key.split("__")[:-1]:
            node = node.setdefault(part, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            node[key.split("__")[-1]] = _toml_value(text)


def _toml_value(text: str) -> Any:
    """The value as TOML reads it (`["a", "b"]`, `5`, `true`), else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _anchored(settings: Settings, folder: Path) -> Settings:
    """The settings with every relative path made absolute from `folder`."""

    def anchored(value: object) -> object:
        if isinstance(value, Path):
            return (folder / value.expanduser()).resolve()
        if isinstance(value, tuple):
            return tuple(anchored(one) for one in value)
        return walk(value) if isinstance(value, Section) else value

    def walk(section: Section) -> Section:
        keys = type(section).model_fields
        return section.model_copy(update={key: anchored(getattr(section, key)) for key in keys})

    whole = walk(settings)
    assert isinstance(whole, Settings)  # noqa: S101  # for the type checker: walk keeps the type
    return whole


def _sentence(error: ValidationError) -> str:
    errors = error.errors(include_url=False, include_input=False)
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    where = ".".join(str(part) for part in first["loc"]) or "the configuration"
    if first["type"] == "extra_forbidden":
        return f"{where} is not a setting{_suggestion(first['loc'])}."
    if first["type"] == "missing":
        return f"{where} is missing."
    reason = first["msg"].removeprefix("Value error, ")
    reason = reason[0].lower() + reason[1:] if reason[:2].istitle() else reason
    return f"{where} is wrong: {reason}."


def _suggestion(where: tuple[int | str, ...]) -> str:
    known: Any = Settings
    for part in where[:-1]:
        if isinstance(part, int):
            continue
        annotation = str(known.model_fields[part].annotation)
        sections = [
            s for s in Section.__subclasses__() if re.search(rf"\b{s.__name__}\b", annotation)
        ]
        if not sections:
            return ""
        known = sections[0]
    near = difflib.get_close_matches(str(where[-1]), list(known.model_fields), n=1)
    return f"; did you mean {'.'.join([*map(str, where[:-1]), near[0]])}" if near else ""

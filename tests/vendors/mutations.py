"""Making a good payload bad in every way that vendors and networks have of doing so."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    " ",
    "\0",
    "\ud800",
    "[Removed]",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "99991231T235959",
    "0001-01-01T00:00:00.000Z",
    "x" * 100_000,
    "<" * 2_000,
    "<![CDATA[",
    "&#99999999999;",
    "http://[",
    [],
    {},
    [[]],
    [None],
    {"": None},
]
"""What may stand where something else is expected."""


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of the tree."""
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(inside):
        yield tree, key
        if isinstance(value, dict | list):
            yield from places(value)


@st.composite
def mutated_json(draw: st.DrawFn, good: Any) -> bytes:
    """The tree with up to four of its values retyped, renamed, removed or repeated."""
    tree = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 4))):
        every = list(places(tree))
        if not every:
            break
        box, key = draw(st.sampled_from(every))
        kind = draw(st.sampled_from(["retype", "remove", "rename", "repeat"]))
        if kind == "retype":
            box[key] = copy.deepcopy(draw(st.sampled_from(ODD)))
        elif kind == "remove":
            del box[key]
        elif kind == "rename" and isinstance(box, dict):
            box[draw(st.text(max_size=8))] = box.pop(key)
        elif isinstance(box, list):
            box.insert(key, copy.deepcopy(box[key]))
    return draw(damaged(json.dumps(tree).encode()))


@st.composite
def damaged(draw: st.DrawFn, body: bytes) -> bytes:
    """The bytes whole (mostly), cut, overwritten, in another encoding, or something else."""
    kinds: dict[str, Callable[[], bytes]] = {
        "whole": lambda: body,
        "cut": lambda: body[: draw(st.integers(0, len(body)))],
        "headless": lambda: body[draw(st.integers(0, len(body))) :],
        "overwritten": lambda: _overwritten(draw, body),
        "utf-16": lambda: body.decode("utf-8", "replace").encode("utf-16"),
        "latin-1": lambda: body + "Größe".encode("latin-1"),
        "twice": lambda: body + body,
        "deep": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "long number": lambda: body.replace(b"1", b"1" * 10_000, 1),
        "page": lambda: b"<!DOCTYPE html><html><body>Bad gateway</body></html>",
        "noise": lambda: draw(st.binary(max_size=200)),
        "other": lambda: draw(st.sampled_from([b"", b"null", b"[]", b"{}", b'"text"', b"0"])),
    }
    # Half of them stay whole, so that a mutated tree is looked at and not only its bytes.
    kind = draw(st.sampled_from(["whole"] * (len(kinds) - 1) + list(kinds)))
    return kinds[kind]()


def _overwritten(draw: st.DrawFn, body: bytes) -> bytes:
    at = draw(st.integers(0, max(0, len(body) - 1)))
    noise = draw(st.binary(min_size=1, max_size=6))
    return body[:at] + noise + body[at + len(noise) :]

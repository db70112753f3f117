"""No secret leaves by the log, however it got into what is logged."""

import base64
import html
import io
import json
import logging
import time
import traceback
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.settings import load_settings, secrets_known
from fintech_pipeline.telemetry.logs import formatter
from fintech_pipeline.telemetry.redaction import LEFT_OUT, SHORTEST, redaction

SECRET = 'Tr0ub4dor&3/"+ käse'  # noqa: S105  # made up
"""With everything that is written otherwise in an address, in JSON and by `repr`."""
HEX = SECRET.encode().hex()
NUMBERS = "".join(f"&#{ord(letter)};" for letter in SECRET)
SHOWN = (
    "tr0ub4dor",
    base64.b64encode(f"somebody:{SECRET}".encode()).decode().lower(),
    HEX,
    NUMBERS,
)
"""How it stands in what is attacked with."""
SECRETS = st.text(min_size=4, max_size=40).map(str.strip).filter(lambda one: len(one) >= SHORTEST)
ENDS = st.text(max_size=12)


def lines(act: Callable[[logging.Logger], object], form: str, *secrets: str) -> str:
    """What an act logs, as it is written."""
    stream = io.StringIO()
    logger = logging.Logger("fintech.attack")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(form, redaction(secrets or (SECRET,)), stream))  # type: ignore[arg-type]
    logger.addHandler(handler)
    act(logger)
    return stream.getvalue()


class Shown:
    """Shows a secret when it is written."""

    def __repr__(self) -> str:
        return f"<client key={SECRET}>"


def _raised(logger: logging.Logger) -> None:
    try:
        try:
            raise ValueError(f"the vendor refused {SECRET}")  # noqa: TRY301  # its cause
        except ValueError as error:
            raise RuntimeError("asked in vain") from error
    except RuntimeError:
        logger.exception("It failed")


def _bound(logger: logging.Logger) -> None:
    with structlog.contextvars.bound_contextvars(symbol=SECRET, run={"deep": [SECRET]}):
        logger.warning("A word")


def _basic(before: str) -> str:
    return base64.b64encode(f"{before}:{SECRET}".encode()).decode()


ATTACKS: dict[str, Callable[[logging.Logger], object]] = {
    "in the message": lambda log: log.error("".join(["key ", SECRET])),
    "in an argument": lambda log: log.error("key %s", SECRET),
    "in a tuple of arguments": lambda log: log.error("keys %s", (1, SECRET)),
    "in a value": lambda log: log.error("asked", extra={"about": SECRET}),
    "in a key": lambda log: log.error("asked", extra={"about": {SECRET: 1}}),
    "deep in a value": lambda log: log.error("asked", extra={"about": [{"a": (SECRET,)}]}),
    "in bytes": lambda log: log.error("asked %s", SECRET.encode("latin-1")),
    "in an object": lambda log: log.error("asked", extra={"by": Shown()}),
    "in an error and its cause": _raised,
    "in what is bound": _bound,
    "in an address": lambda log: log.error("GET https://v.example/?a=%s&b=1", quote(SECRET)),
    "in a form": lambda log: log.error("POST a=%s", quote_plus(SECRET)),
    "in an address, in small letters": lambda log: log.error("GET /%s", quote(SECRET).lower()),
    "in a login": lambda log: log.error("postgresql://me:%s@db/x", quote(SECRET, safe="")),
    "in JSON": lambda log: log.error("sent %s", json.dumps({"k": SECRET})),
    "in JSON within JSON": lambda log: log.error("sent %s", json.dumps(json.dumps({"k": SECRET}))),
    "in HTTP's Basic scheme": lambda log: log.error("Authorization: Basic %s", _basic("me")),
    "in base64 elsewhere": lambda log: log.error("sent %s", _basic("somebody")),
    "in HTML": lambda log: log.error("<p>%s</p>", html.escape(SECRET)),
    "in HTML by numbers": lambda log: log.error("<p>%s</p>", NUMBERS),
    "in hexadecimal": lambda log: log.error("bytes %s", SECRET.encode().hex()),
    "at a line's end": lambda log: log.error("%s\n%s", SECRET, SECRET),
    "in a traceback as text": lambda log: log.error(
        "".join(traceback.format_exception(ValueError(SECRET)))
    ),
}


@pytest.mark.parametrize("form", ["json", "human"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_secret_is_left_out(attack: Callable[[logging.Logger], object], form: str) -> None:
    written = lines(attack, form)
    assert written
    for telling in (
        "Tr0ub4dor",
        "dor&3",
        base64.b64encode(SECRET.encode()).decode()[4:-4],
        HEX,
        NUMBERS,
    ):
        assert telling not in written
        assert telling.lower() not in written.lower()


def test_the_attacks_would_be_seen_without_it() -> None:
    seen = [
        name
        for name, attack in ATTACKS.items()
        if any(one in lines(attack, "json", "another").lower() for one in SHOWN)
    ]
    # A login, and what names itself, is left out whoever's it is.
    assert set(ATTACKS) - set(seen) <= {
        "in a login",
        "in an object",
        "in HTTP's Basic scheme",
    }


@given(
    st.text(min_size=SHORTEST, max_size=40).filter(lambda one: len(one.strip()) >= SHORTEST), ENDS
)
def test_whatever_the_secret_is_it_stands_in_no_line(secret: str, around: str) -> None:
    written = redaction([secret])(f"{around}{secret}{around}")
    assert secret not in written or secret in f"{around}{LEFT_OUT}{around}"


@pytest.mark.parametrize(
    "secret", ["pass\\word", "\\\\server\\share", "ends in one\\", "n\\x41 and \\n", "😀 face it"]
)
@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_backslashes_and_letters_of_two_units_hide_nothing(secret: str, times: int) -> None:
    told = secret
    for _ in range(times):
        told = json.dumps(told)
    assert redaction([secret])(f"<{told}>").strip('<>"\\') == LEFT_OUT
    address = secret
    for _ in range(times):
        address = quote(address, safe="")
    assert redaction([secret])(address) == LEFT_OUT


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ("a\\b1234", "a&#92;b1234"),
        ("abcdefgh", "&#097;bcdefgh"),
        ("😀 face it", r"\U0001f600 face it"),
        (">>>???>>>abcd", "Pj4%2BPz8%2FPj4%2BYWJjZA%3D%3D"),
        (">>>???>>>abcd", r"Pj4+Pz8\/Pj4+YWJjZA=="),
        ("a" * 99, base64.encodebytes(b"a" * 99).decode()),
        ("-----BEGIN\nabcdef\n-----END", "-----BEGIN\r\n  abcdef\r\n  -----END"),
    ],
)
def test_ways_to_write_that_a_reviewer_found(secret: str, told: str) -> None:
    assert redaction([secret])(told).strip("aYWFhZADEx3%=\n") == LEFT_OUT


@pytest.mark.parametrize(
    "evil",
    [
        "\\",
        "\\x",
        "%25",
        "%",
        "a:",
        "://a:",
        "key=",
        "Authorization ",
        "\\u0068",
        "hunter2",
        "&amp;",
        "&",
        "secret:",
    ],
)
def test_a_text_that_a_stranger_made_costs_no_more_than_another(evil: str) -> None:
    redacted = redaction(["hunter2hunter2", "\\\\server\\share"])
    began = time.perf_counter()
    redacted("://" + evil * 50_000)
    assert time.perf_counter() - began < 5


@given(st.binary(min_size=6, max_size=40), st.binary(max_size=20), st.binary(max_size=20))
def test_base64_hides_nothing_wherever_the_secret_stands_in_it(
    secret: bytes, before: bytes, after: bytes
) -> None:
    known = secret.hex()
    encoded = base64.b64encode(before + known.encode() + after).decode()
    assert redaction([known])(encoded) != encoded


@given(st.text())
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    plain = "".join(one for one in text if one.isalnum() or one in " .,")
    assert redaction(["this-is-no-part-of-it"])(plain) == plain


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("GET https://v.example/q?apikey=abc123&s=A", "GET https://v.example/q?apikey=…&s=A"),
        ("{'Authorization': 'Bearer abc123'}", "{'Authorization': '…'}"),
        ("Cookie: session=abc; theme=dark", "Cookie: …"),
        ("amqp://me:pa:ss@rabbit:5672/", "amqp://…@rabbit:5672/"),
        ("password: hunter2, and on", "password: …, and on"),
        ("SMTP__PASSWORD=hunter2 PGPASSWORD=x", "SMTP__PASSWORD=… PGPASSWORD=…"),
        ('password="two words", and on', 'password="…", and on'),
        ("The password: it is wrong, and see secret: the plan", None),
        ('{"api_key": "abc123"}', '{"api_key": "…"}'),
        ("Unauthorized: the key: wrong", None),
        ("the key of the matter, and a token of thanks", None),
        ("https://example.org/a@b, mail anna@example.org", None),
    ],
)
def test_what_names_itself_a_secret_is_left_out_whoevers_it_is(
    told: str, written: str | None
) -> None:
    assert redaction([])(told) == (told if written is None else written)


def test_every_secret_of_the_configuration_and_of_the_environment_is_known() -> None:
    environment = {
        "DATABASE_URL": "postgresql://me:p%40ss-word@db/x",
        "GEMINI_API_KEY": "gemini-key",
        "API_EDITOR_TOKEN": "editor-token",
        "FINTECH_SENTIMENT__MODELS": '["gemini", "local"]',
        "FINTECH_SENTIMENT__GEMINI__KEY": "gemini-key-of-a-section",
        "HTTPS_PROXY": "http://me:proxy-pass@proxy:3128",
        "HOME": "/root",
    }
    known = secrets_known(load_settings(environment=environment), environment)
    assert known >= {
        "p%40ss-word",
        "p@ss-word",
        "gemini-key",
        "editor-token",
        "gemini-key-of-a-section",
        "proxy-pass",
    }
    assert "/root" not in known

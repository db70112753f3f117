"""Where a request comes from, as far as anybody can tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.api.headers import page_policy, security_headers
from fintech_pipeline.api.origins import address_of, is_foreign, is_local, is_ours, origin_of

PUBLIC = "https://watch.example"


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8080", "LocalHost:1", "127.0.0.1", "127.0.0.1:80", "[::1]:8080"],
)
def test_names_of_this_machine_are_local(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":8080",
        "localhost:",
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "::1",
        "localhost:8080:8080",
        "evil.example:localhost",
    ],
)
def test_no_other_name_is_local(host: str) -> None:
    assert not is_local(host)


@pytest.mark.parametrize(
    ("origin", "host", "ours"),
    [
        ("https://watch.example", "watch.example", True),
        ("HTTPS://Watch.Example", "10.0.0.7:8080", True),
        ("http://watch.example", "watch.example", False),
        ("http://watch.example:443", "watch.example:443", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("https://localhost:8080", "localhost:8080", True),
        ("http://localhost:8081", "localhost:8080", False),
        ("http://127.0.0.1:8080", "localhost:8080", False),
        ("ftp://localhost:8080", "localhost:8080", False),
        ("https://watch.example.evil", "watch.example", False),
        ("https://evil.example", "watch.example", False),
        ("null", "null", False),
        ("", "", False),
        ("http://", "", False),
        ("https://", "", False),
    ],
)
def test_an_origin_is_ours_by_the_public_address_or_by_the_one_asked(
    origin: str, host: str, *, ours: bool
) -> None:
    assert is_ours(origin, host, PUBLIC) is ours


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, True),
        ({"origin": PUBLIC, "sec-fetch-site": "same-origin"}, False),
    ],
)
def test_a_browser_tells_whose_page_asks(headers: dict[str, str], *, foreign: bool) -> None:
    assert is_foreign({"host": "watch.example", **headers}, PUBLIC) is foreign


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Watch.example/dashboard", "https://watch.example"),
        ("https://watch.example:443", "https://watch.example"),
        ("http://watch.example:80/a?b", "http://watch.example"),
        ("http://watch.example:443/", "http://watch.example:443"),
        ("http://10.0.0.7:8080", "http://10.0.0.7:8080"),
    ],
)
def test_an_origin_is_the_beginning_of_an_address(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("forwarded_for", "proxies", "address"),
    [
        ("", 0, "10.0.0.1"),
        ("203.0.113.7", 0, "10.0.0.1"),
        ("203.0.113.7", 1, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", 1, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("2001:db8::7", 1, "2001:db8::7"),
        ("203.0.113.7", 2, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
        ("unknown words", 1, "10.0.0.1"),
        ("203.0.113.7\n forged line", 1, "10.0.0.1"),
        ("a" * 61, 1, "10.0.0.1"),
    ],
)
def test_an_address_is_believed_from_proxies_of_ours_only(
    forwarded_for: str, proxies: int, address: str
) -> None:
    assert address_of("10.0.0.1", forwarded_for, proxies) == address


@given(st.text())
def test_no_host_adds_a_rule_to_the_policy_of_a_page(host: str) -> None:
    policy = page_policy(host, https=True)
    assert policy.count(";") == page_policy("watch.example", https=True).count(";")
    assert policy.isascii()
    assert "\n" not in policy
    assert " *" not in policy


def test_only_a_page_may_load_anything() -> None:
    page = security_headers("text/html; charset=utf-8", "watch.example", https=True)
    assert "connect-src 'self' wss://watch.example;" in page["Content-Security-Policy"]
    assert page["Strict-Transport-Security"] == "max-age=31536000"
    other = security_headers("application/json", "watch.example", https=False)
    assert other["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "Strict-Transport-Security" not in other

import html as html_library
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.alerts.channels.email.html_part import html_text
from fintech_pipeline.alerts.told import Links
from tests.unit.made_messages import BERLIN, CASES, FALLS, FIRED, HOSTILE, LINKS, RESOLVED, message

VOID = {"meta", "br", "img"}
KNOWN = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "div",
    "table",
    "tr",
    "td",
    "span",
    "ul",
    "li",
    "a",
    "img",
    "br",
    "b",
}


class Page(HTMLParser):
    """What a reader's program finds in a page: elements that are closed, texts and addresses."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.texts: list[str] = []
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)


@pytest.mark.parametrize("case", CASES)
def test_every_message_is_a_whole_page_of_known_elements(case: str) -> None:
    told, links, now = CASES[case]
    page = Page(html_text(told, BERLIN, links, {12: "c12@x"}, now))
    assert page.open == []
    assert page.names <= KNOWN
    assert not {name for name in page.attributes if name.startswith("on")}


@given(st.text(max_size=300) | st.just(HOSTILE), st.text(max_size=300) | st.just("'\"><img src=x>"))
def test_no_text_of_strangers_becomes_an_element_or_an_address(first: str, second: str) -> None:
    told = replace(
        FIRED,
        subject=second[:9],
        subject_name=first,
        reason=second,
        note=first,
        why=(second, first),
        rule=second,
        strategy=first,
        action=second,
        currency=first,
    )
    page = Page(html_text(message(told, instead_of=first), BERLIN, LINKS, {12: "c12@x"}))
    assert page.names <= KNOWN
    assert page.open == []
    for address in page.addresses:
        assert re.fullmatch(r"cid:c12@x|https://watch\.example\.com/[!-~]*", address)


def test_nothing_is_loaded_from_anywhere() -> None:
    source = html_text(message(FIRED, *FALLS), BERLIN, LINKS, {12: "c12@x"})
    assert [one for one in Page(source).addresses if not one.startswith("https://watch.")] == [
        "cid:c12@x"
    ]
    assert "url(" not in source
    assert "@import" not in source


def test_a_page_says_what_the_text_says() -> None:
    page = " ".join(Page(html_text(message(), BERLIN, LINKS, {})).texts)
    for fact in (
        "NVDA",
        "NVIDIA Corporation",
        "Score -0.72 is below -0.60, for 1h.",
        "131.20 USD",
        "-4.3 %",
        "Strong sell, score -0.72, confidence 81 %",
        "5 articles in 3 stories, very negative",
        "Since Mon 30 Nov, 15:30 CET",
        "Look at the futures first.",
        "fintech alerts ack 12",
        "See the signal",
    ):
        assert fact in page


def test_the_members_of_a_market_wide_move_stand_in_one_card() -> None:
    source = html_text(message(*FALLS), BERLIN, LINKS, {})
    assert source.count('class="card ink"') == 1
    assert all(one.subject in source for one in FALLS)


def test_a_change_is_told_by_an_arrow_and_not_by_colour_alone() -> None:
    falling = html_library.unescape(html_text(message(), BERLIN, LINKS, {}))
    rising = html_library.unescape(
        html_text(message(replace(FIRED, change_pct=2.0)), BERLIN, LINKS, {})
    )
    assert "▼\u202f-4.3 %" in falling
    assert "▲\u202f+2.0 %" in rising


def test_what_has_ended_cannot_be_acknowledged() -> None:
    source = html_text(message(RESOLVED), BERLIN, LINKS, {})
    assert "Acknowledge" not in source
    assert "See the alert" in source


def test_without_a_public_address_there_are_no_buttons() -> None:
    assert Page(html_text(message(), BERLIN, Links(), {})).addresses == []

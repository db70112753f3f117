"""HTML in titles and teasers becomes what a reader sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.news.markup import without_markup


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Plain", "Plain"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("A<b>pp</b>le", "Apple"),
        ("Procter &amp; Gamble", "Procter & Gamble"),
        ("AT&T rises", "AT&T rises"),
        ("profit < 5 & falling", "profit < 5 & falling"),
        ("<script>alert(1)</script>News<!-- hidden -->", "News"),
        ("<ol><li>Apple</li><li>Tesla</li></ol>", "Apple Tesla"),
        ("", ""),
    ],
)
def test_markup_is_gone_and_words_stay_apart(text: str, seen: str) -> None:
    assert without_markup(text) == seen


@given(st.text(alphabet="<>&;/!-ab \"'#x1[]?"))
def test_no_text_breaks_it(text: str) -> None:
    assert len(without_markup(text)) <= len(text)

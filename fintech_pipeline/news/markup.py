"""Plain text out of the HTML that vendors put into titles and teasers. Pure."""

from html.parser import HTMLParser

LONGEST = 50_000
"""Letters that are read; a teaser keeps 4,000 of its text at most."""
_UNSEEN = frozenset({"script", "style", "template"})
_INLINE = frozenset({"a", "abbr", "b", "em", "font", "i", "mark", "span", "strong", "sub", "sup"})


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 HTMLParser's word
        self._unseen += tag in _UNSEEN
        self._divide(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._divide(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)

    def _divide(self, tag: str) -> None:
        if tag not in _INLINE:
            self.parts.append(" ")


def without_markup(text: str) -> str:
    """The text as a reader sees it: without tags, comments and scripts, references resolved.

    A lone `<` or `&` of plain text stays: `profit < 5 & falling` is not HTML.
    """
    if "<" not in text and "&" not in text:
        return text.strip()
    reader = _Text()
    reader.feed(text[:LONGEST])
    reader.close()
    return " ".join("".join(reader.parts).split())

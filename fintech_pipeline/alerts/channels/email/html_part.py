"""The HTML part of a mail: one column of cards, at most 600 pixels, for a phone first. Pure.

Mail readers know little CSS, so each element carries its own; the style sheet only adds the dark
colours for readers that ask for them. Nothing is loaded from anywhere, and every text is escaped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape

from fintech_pipeline.alerts import phrases
from fintech_pipeline.alerts.channels.email.html_style import (
    FONT,
    GREEN,
    GREY,
    HEAD,
    INK,
    MONO,
    RED,
    STRIPES,
)
from fintech_pipeline.alerts.message import (
    MOST_IN_FULL,
    MOST_LISTED,
    alert_lines,
    also,
    notices,
    origin,
    subject_line,
)
from fintech_pipeline.alerts.message_blocks import Block, blocks_of, commands
from fintech_pipeline.alerts.told import Links, Message, Telling, Told


@dataclass(frozen=True, slots=True)
class _Page:
    """What every card needs."""

    zone: tzinfo
    links: Links
    charts: Mapping[int, str]


def html_text(
    message: Message,
    zone: tzinfo,
    links: Links,
    charts: Mapping[int, str],
    now: datetime | None = None,
) -> str:
    """The whole message as a page.

    Args:
        message: The message.
        zone: The reader's time zone.
        links: Where pages are.
        charts: The content id of an alert's picture, by the alert's number.
        now: When it leaves; None where that is when it was decided.
    """
    page = _Page(zone, links, charts)
    blocks = blocks_of(message)
    cards = [_card(block, page) for block in blocks[:MOST_IN_FULL]]
    if len(blocks) > MOST_IN_FULL:
        cards.append(_also(also(blocks, links)))
    title = escape(subject_line(message))
    return "\n".join(
        [
            HEAD.format(title=title),
            f'<body class="page" style="margin:0;padding:0;background:#eef1f5;{FONT}">',
            _preview(blocks[0], zone),
            '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">'
            '<tr><td align="center" style="padding:12px 8px">',
            '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
            'style="max-width:600px;text-align:left">',
            *(_row(_banner(line)) for line in notices(message, zone, now)),
            *(_row(card) for card in cards),
            _row(_soft("Sent by your market watch. It tells figures and is no advice.")),
            "</table></td></tr></table></body></html>",
            "",
        ]
    )


def _preview(block: Block, zone: tzinfo) -> str:
    """What an inbox shows beside the subject; the page itself hides it."""
    told = block.moved if block.market_wide else " · ".join(alert_lines(block.first, zone)[1:4])
    style = "display:none;max-height:0;overflow:hidden;opacity:0"
    return f'<div style="{style}">{escape(told)}</div>'


def _row(content: str) -> str:
    return f'<tr><td style="padding:0 0 12px">{content}</td></tr>'


def _banner(line: str) -> str:
    style = (
        "background:#fde68a;color:#422006;border-radius:10px;padding:10px 14px;"
        "font-size:15px;line-height:1.35;font-weight:600"
    )
    return f'<div style="{style}">{escape(line)}</div>'


def _card(block: Block, page: _Page) -> str:
    told = block.first
    over = told.telling is Telling.RESOLVED
    stripe = GREEN if over else STRIPES[told.severity]
    style = (
        f"background:#ffffff;border-radius:10px;border-left:6px solid {stripe};"
        f"padding:14px 16px 16px;color:{INK}"
    )
    inside = _members(block) if block.market_wide else _alert(told, page)
    parts = [
        _kicker(told, stripe),
        *inside,
        _soft(phrases.course(told, page.zone)),
        _note(told),
        _soft(f"Rule {origin(told)}"),
        _buttons(block, page.links),
        _commands(block),
    ]
    return f'<div class="card ink" style="{style}">{"".join(part for part in parts if part)}</div>'


def _also(lines: Iterable[str]) -> str:
    """What is told in a line each."""
    style = f"background:#ffffff;border-radius:10px;padding:14px 16px;color:{INK}"
    inside = "".join(
        _text(line, "font-size:15px;line-height:1.4;padding-top:6px") for line in lines
    )
    return f'<div class="card ink" style="{style}"><b>Also</b>{inside}</div>'


def _kicker(told: Told, colour: str) -> str:
    """The line above: how severe, and why it is told."""
    names = {
        Telling.FIRED: "",
        Telling.REPEATED: "still firing",
        Telling.NO_DATA: "no data",
        Telling.ERROR: "could not be read",
    }
    over = told.telling is Telling.RESOLVED
    words = [
        "" if over or told.telling is Telling.TEST else told.severity,
        names.get(told.telling, told.telling),
    ]
    style = (
        f"font-size:13px;font-weight:700;letter-spacing:.04em;text-transform:uppercase;"
        f"color:{colour}"
    )
    name = "up" if over else told.severity
    line = " · ".join(word for word in words if word)
    return f'<div class="{name}" style="{style}">{escape(line)}</div>'


def _alert(told: Told, page: _Page) -> Iterable[str]:
    name = phrases.tidy(told.subject_name, phrases.LONGEST["name"])
    subject = phrases.subject_of(told)
    beside = name if name != subject else ""
    yield (
        f'<div style="font-size:26px;line-height:1.2;font-weight:700;padding-top:2px">'
        f"{escape(subject)} {_aside(beside)}</div>"
    )
    yield _text(_sentence(phrases.reason_of(told)), "font-size:17px;padding-top:6px")
    yield _price(told)
    if strong := phrases.strength(told):
        yield _text(strong, "font-size:16px;padding-top:6px;font-weight:600")
    if cid := page.charts.get(told.alert_id):
        yield _picture(cid, subject)
    yield _why(told)


def _price(told: Told) -> str:
    price, change = phrases.price_of(told), phrases.change_of(told)
    if not price:
        return ""
    moved = f" {_change(told)} {_aside('since the last close')}" if change else ""
    style = "font-size:20px;font-weight:600;padding-top:8px"
    return f'<div style="{style}">{escape(price)}{moved}</div>'


def _change(told: Told) -> str:
    """The change with an arrow, so that nobody needs the colour."""
    rising = (told.change_pct or 0) >= 0
    name, colour, arrow = ("up", GREEN, "▲") if rising else ("down", RED, "▼")
    shown = f"{arrow}&#8239;{escape(phrases.change_of(told))}"
    return f'<span class="{name}" style="color:{colour};white-space:nowrap">{shown}</span>'


def _aside(text: str) -> str:
    style = f"font-size:14px;font-weight:400;color:{GREY}"
    return f'<span class="soft" style="{style}">{escape(text)}</span>' if text else ""


def _picture(cid: str, subject: str) -> str:
    style = "display:block;width:100%;max-width:560px;height:auto;border-radius:6px;margin-top:12px"
    alt = f"The price of {subject} over the last days"
    return f'<img src="cid:{escape(cid)}" width="560" alt="{escape(alt)}" style="{style}">'


def _why(told: Told) -> str:
    items = "".join(f'<li style="padding-top:2px">{escape(why)}</li>' for why in phrases.whys(told))
    if not items:
        return ""
    style = "margin:4px 0 0;padding:0 0 0 20px;font-size:16px;line-height:1.4"
    head = _text("Why", f"font-size:14px;font-weight:600;color:{GREY};padding-top:10px", "soft")
    return f'{head}<ul style="{style}">{items}</ul>'


def _note(told: Told) -> str:
    note = phrases.note_of(told)
    style = "border-left:3px solid #94a3b8;padding:2px 0 2px 10px;margin-top:10px;font-size:16px"
    return f'<div class="line" style="{style}">{escape(note)}</div>' if note else ""


def _members(block: Block) -> Iterable[str]:
    yield _text(block.summary, "font-size:20px;line-height:1.25;font-weight:700;padding-top:2px")
    if block.moved:
        yield _text(block.moved, "font-size:16px;padding-top:6px")
    rows = "".join(_member(one) for one in block.members[:MOST_LISTED])
    style = "margin-top:8px;border-collapse:collapse"
    yield (
        f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
        f'class="ink" style="{style}">{rows}</table>'
    )
    if (more := len(block.members) - MOST_LISTED) > 0:
        yield _soft(f"and {more} more")


def _member(told: Told) -> str:
    cell = "padding:7px 0;border-bottom:1px solid #e2e8f0;font-size:16px;vertical-align:top"
    figures = " ".join(
        part for part in (escape(phrases.price_of(told)), _shown_change(told)) if part
    )
    return (
        f'<tr><td class="line" style="{cell}"><b>{escape(phrases.subject_of(told))}</b>'
        f"<br>{_aside(phrases.reason_of(told))}</td>"
        f'<td class="line" align="right" style="{cell}">{figures}</td></tr>'
    )


def _shown_change(told: Told) -> str:
    return f"<br>{_change(told)}" if told.change_pct is not None else ""


def _buttons(block: Block, links: Links) -> str:
    if block.market_wide:
        return ""
    told = block.first
    pages = [("See the signal", phrases.page_of(links.signal(told)))]
    if told.alert_id:
        over = told.telling is Telling.RESOLVED
        pages.append(
            (
                "See the alert" if over else "Acknowledge or silence",
                phrases.page_of(links.alert(told)),
            )
        )
    shown = [_button(text, page) for text, page in pages if page]
    return f'<div style="padding-top:12px">{"".join(shown)}</div>' if shown else ""


def _button(text: str, page: str) -> str:
    style = (
        "display:inline-block;background:#1d4ed8;color:#ffffff;text-decoration:none;font-size:16px;"
        "font-weight:600;border-radius:8px;padding:12px 16px;margin:0 8px 8px 0"
    )
    return f'<a href="{escape(page)}" style="{style}">{escape(text)}</a>'


def _commands(block: Block) -> str:
    style = (
        f"{MONO};font-size:13px;line-height:1.5;background:#f1f5f9;color:{INK};border-radius:6px;"
        "padding:6px 10px;margin-top:6px;word-break:break-word"
    )
    return "".join(
        f'<div class="code" style="{style}">{_aside(what)}<br>{escape(command)}</div>'
        for what, command in commands(block)
    )


def _soft(text: str) -> str:
    return _text(text, f"font-size:14px;line-height:1.4;color:{GREY};padding-top:8px", "soft")


def _text(text: str, style: str, name: str = "") -> str:
    return f'<div class="{name}" style="{style}">{escape(text)}</div>'


def _sentence(phrase: str) -> str:
    return f"{phrase[:1].upper()}{phrase[1:]}."

"""The filings that are news, and what the items of an 8-K mean. Pure.

Sources: sec.gov, "Forms List" and "Form 8-K" (items in force since August 2004; 1.05 since 2023).
"""

import re

FORMS = {
    "8-K": "current report",
    "10-Q": "quarterly report",
    "10-K": "annual report",
    "6-K": "report of a foreign company",
    "20-F": "annual report of a foreign company",
    "40-F": "annual report of a Canadian company",
    "NT 10-K": "notice of a late annual report",
    "NT 10-Q": "notice of a late quarterly report",
    "SC 13D": "stake of an active holder above 5 %",
    "SC 13G": "stake of a passive holder above 5 %",
    "SCHEDULE 13D": "stake of an active holder above 5 %",  # the name since December 2024
    "SCHEDULE 13G": "stake of a passive holder above 5 %",
    "SC TO-T": "tender offer",
    "S-1": "registration of securities",
    "S-4": "registration for a merger",
    "F-1": "registration of securities of a foreign company",
    "DEFM14A": "proxy statement on a merger",
    "25": "removal from listing",
    "25-NSE": "removal from listing",
}
"""Forms of interest, each with its meaning; amendments (`/A`) count too.

Left out on purpose: 3, 4 and 5, insiders' trades, which are many and mostly routine; 424B and
other parts of an issue; 13F, which funds file about themselves.
"""

ITEMS = {
    "1.01": "material agreement",
    "1.02": "end of a material agreement",
    "1.03": "bankruptcy or receivership",
    "1.04": "mine safety",
    "1.05": "material cybersecurity incident",
    "2.01": "acquisition or disposition completed",
    "2.02": "results of operations",
    "2.03": "new financial obligation",
    "2.04": "financial obligation accelerated",
    "2.05": "exit or disposal costs",
    "2.06": "material impairments",
    "3.01": "notice of delisting",
    "3.02": "unregistered sale of equity",
    "3.03": "change of holders' rights",
    "4.01": "change of auditor",
    "4.02": "past financial statements not to be relied on",
    "5.01": "change of control",
    "5.02": "directors or officers depart or are appointed",
    "5.03": "change of bylaws or fiscal year",
    "5.04": "suspended trading in employee plans",
    "5.05": "change of the code of ethics",
    "5.06": "change of shell company status",
    "5.07": "vote of shareholders",
    "5.08": "director nominations by shareholders",
    "6.01": "asset-backed securities information",
    "6.02": "change of servicer or trustee",
    "6.03": "change of credit enhancement",
    "6.04": "missed distribution",
    "6.05": "securities act updating disclosure",
    "7.01": "regulation FD disclosure",
    "8.01": "other events",
    "9.01": "exhibits",
}
"""The items of an 8-K, in words a headline has room for."""

_ITEM = re.compile(r"\d\.\d\d")


def meaning_of(form: str) -> str | None:
    """What the form is; None where it is none of interest."""
    meaning = FORMS.get(form.removesuffix("/A"))
    return f"amended {meaning}" if meaning and form.endswith("/A") else meaning


def told_items(items: str) -> str:
    """The items of an 8-K, `2.02,9.01`, in words: `results of operations (2.02), exhibits (9.01)`.

    Items of before 2004 are single numbers and stay unsaid.
    """
    numbers = dict.fromkeys(_ITEM.findall(items))
    return ", ".join(f"{ITEMS[n]} ({n})" if n in ITEMS else f"item {n}" for n in numbers)

"""What each provider gives, and what has to be set to have it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fintech_pipeline.settings import Settings, is_set

Role = Literal["prices", "news", "sentiment"]
SECTIONS: Mapping[Role, str] = {"prices": "market", "news": "news", "sentiment": "sentiment"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One provider.

    Attributes:
        gives: What a person would get, in a few words.
        needs: What it takes.
        roles: What it can be asked for, each with the lines of its own section, if it needs one.
        variable: The environment variable of its key.
    """

    gives: str
    needs: str
    roles: Mapping[Role, tuple[str, ...]]
    variable: str | None = None


OFFERS: Mapping[str, Offer] = {
    "simulated": Offer(
        "a made-up exchange that never closes, and its news",
        "a configuration of its own: made-up and real data never stand together",
        {"prices": (), "news": ()},
    ),
    "files": Offer(
        "your own bars and headlines, in the usual layouts",
        "a folder and a file",
        {"prices": ('folder = "bars"',), "news": ('path = "headlines.csv"',)},
    ),
    "alpha_vantage": Offer(
        "days, splits and dividends, half hours on a paid plan; news with the vendor's sentiment",
        "a free key of alphavantage.co/support; 25 requests a day, one account for both",
        {
            "prices": ('key = "${ALPHA_VANTAGE_API_KEY}"',),
            "news": ('key = "${ALPHA_VANTAGE_API_KEY}"',),
        },
        "ALPHA_VANTAGE_API_KEY",
    ),
    "yahoo": Offer(
        "half hours of the last 60 days and days before, of most exchanges",
        "nothing; it is unofficial and throttles without notice",
        {"prices": ()},
    ),
    "newsapi": Offer(
        "headlines of 150,000 outlets, a day late on the free plan",
        "a free key of newsapi.org/register; 100 requests a day, for development only",
        {"news": ('key = "${NEWSAPI_KEY}"',)},
        "NEWSAPI_KEY",
    ),
    "edgar": Offer(
        "what companies file with the SEC, within minutes",
        "an address where the SEC reaches you",
        {"news": ('contact = "you@example.org"',)},
    ),
    "rss": Offer(
        "the newest items of any RSS or Atom feed",
        "the addresses of feeds",
        {"news": ('feeds = ["https://www.federalreserve.gov/feeds/press_all.xml"]',)},
    ),
    "gemini": Offer(
        "each story judged by a large language model, for each of its symbols",
        "a key of aistudio.google.com; a free day has limits, a paid one a budget",
        {"sentiment": ('key = "${GEMINI_API_KEY}"',)},
        "GEMINI_API_KEY",
    ),
    "local": Offer(
        "each story judged by the small model that ships, on this machine",
        "nothing",
        {"sentiment": ()},
    ),
}
"""Every provider there is; docs/providers.md tells more of each."""


def chains(settings: Settings) -> Mapping[Role, tuple[str, ...]]:
    """The providers that are asked, in order, by role."""
    return {
        "prices": settings.market.providers,
        "news": settings.news.providers,
        "sentiment": settings.sentiment.models,
    }


def roles_told(settings: Settings, name: str) -> str:
    """What the provider is asked for, and as which of several."""
    told = []
    for role, chain in chains(settings).items():
        if name in chain:
            place = f" ({chain.index(name) + 1} of {len(chain)})" if len(chain) > 1 else ""
            told.append(f"{role}{place}")
    return " and ".join(told)


def roles_document(settings: Settings, name: str) -> dict[str, Any]:
    """The same for a program: the place in each chain, from 1; null where it is not asked."""
    places = {
        role: chain.index(name) + 1 if name in chain else None
        for role, chain in chains(settings).items()
        if role in OFFERS[name].roles
    }
    return {"provider": name, "place": places}


def missing_roles(settings: Settings, name: str) -> list[Role]:
    """What the provider could be asked for and is not."""
    asked = chains(settings)
    return [role for role in OFFERS[name].roles if name not in asked[role]]


def lines_to_add(settings: Settings, name: str) -> tuple[str, ...]:
    """The lines of TOML that put the provider into each chain that lacks it."""
    lines: list[str] = []
    for role in missing_roles(settings, name):
        section = SECTIONS[role]
        asked, chain = chains(settings)[role], "providers"
        joined = [*asked, name]
        if role == "sentiment":
            # The local model can always be asked: whoever stands behind it never is.
            chain, joined = "models", [one for one in joined if one != "local"]
            joined += ["local"] if "local" in (*asked, name) else []
        lines += [f"[{section}]", f"{chain} = {json.dumps(joined)}"]
        if OFFERS[name].roles[role] and not _is_there(settings, role, name):
            lines += [f"[{section}.{name}]", *OFFERS[name].roles[role]]
    return tuple(lines)


def key_told(name: str) -> str:
    """Whether the key of a provider that is not asked is set; empty where it needs none."""
    variable = OFFERS[name].variable
    if variable is None:
        return ""
    return f"{variable} is set" if is_set(variable) else f"export {variable}=…"


def _is_there(settings: Settings, role: Role, name: str) -> bool:
    """Whether the provider's own section says all it needs."""
    section = getattr(getattr(settings, SECTIONS[role]), name)
    return section is not None and getattr(section, "key", section) is not None

"""Gathering one answer from several calls to a vendor: the good rest is kept, the lack is said."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from fintech_pipeline.errors import (
    NoData,
    NotConfigured,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.provider import NewsAnswer

ENDING = (NotConfigured, Unauthorized, QuotaExhausted, RateLimited, Unavailable)
"""What the next call to the same vendor would meet too."""


def gathered(
    parts: Mapping[str, Callable[[], NewsAnswer]],
    ending: tuple[type[ProviderError], ...] = ENDING,
) -> NewsAnswer:
    """Asks part after part; one that fails costs only itself, unless it ends the asking.

    Args:
        parts: How to ask for each, by what a person calls it: the symbols, the feed.
        ending: The errors after which nothing more is asked.

    Raises:
        ProviderError: No part was answered; the last error, which ended the asking where one did.
    """
    answers: list[NewsAnswer] = []
    failures: list[ProviderError] = []
    lacking: dict[str, str] = {}
    problems: list[str] = []
    left = list(parts)
    for name, ask in parts.items():
        left.remove(name)
        try:
            answers.append(ask())
        except ProviderError as error:
            failures.append(error)
            if not isinstance(error, NoData):  # that there is nothing is an answer
                lacking[name] = str(error)
            problems.append(f"{name}: {error}")
            if isinstance(error, ending):
                break
    if failures and not answers:
        raise failures[-1]
    if failures and left:
        problems.append(f"For that reason nothing was asked for {', '.join(left)}.")
        lacking.update(dict.fromkeys(left, "It was not asked for."))
    return _together(answers, problems, lacking)


def _together(
    answers: list[NewsAnswer], problems: list[str], lacking: Mapping[str, str]
) -> NewsAnswer:
    """The answers as one; an article that came twice concerns the symbols of both."""
    articles: dict[str, RawArticle] = {}
    for answer in answers:
        for article in answer.articles:
            first = articles.get(article.provider_id, article)
            both = first.symbols | article.symbols
            articles[article.provider_id] = replace(first, symbols=both)
    told = [problem for answer in answers for problem in answer.problems]
    sentiments = {
        (one.provider_id, one.symbol): one for answer in answers for one in answer.sentiments
    }
    # What lacks of a part that was answered in part.
    parts = {name: reason for answer in answers for name, reason in answer.lacking.items()}
    return NewsAnswer(
        list(articles.values()),
        # A sentence that every part says is said once.
        list(dict.fromkeys(told + problems)),
        list(sentiments.values()),
        {**parts, **lacking},
    )

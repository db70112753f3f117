"""The news behind a signal, story by story, with what each article adds."""

from collections.abc import Mapping

from rich import box
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.news.article_store import ArticleSummary
from fintech_pipeline.sentiment.provenance import Key, StoredScore
from fintech_pipeline.signals.chain_telling import stories_behind, summed
from fintech_pipeline.signals.composite import ArticleShare, Signal

SHOWN_STORIES = 8
ALWAYS_SHOWN = 3
LEAST_SHOWN = 0.0005
"""A story that adds less is only counted, unless it is among the first few."""


def news_table(
    signal: Signal, articles: Mapping[int, ArticleSummary], scores: Mapping[Key, StoredScore]
) -> Table:
    """The stories, the greatest first; what they add sums to the value of the news."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_footer=True, pad_edge=False)
    total = summed(share.share for share in signal.articles)
    table.add_column("Adds", justify="right", footer=f"{total:+.6f}")
    table.add_column("Known")
    table.add_column("Outlet", overflow="fold")
    table.add_column("Headline, and its score", footer="the value of news", ratio=1)
    stories = stories_behind(signal, articles)
    heavy = sum(abs(added) >= LEAST_SHOWN for added, _ in stories)
    shown = min(max(heavy, ALWAYS_SHOWN), SHOWN_STORIES)
    for added, shares in stories[:shown]:
        if len(shares) > 1:
            title = f"one story, told by {len(shares)} articles:"
            table.add_row(f"[bold]{added:+.6f}[/]", "", "", f"[bold]{title}[/]")
        for share in shares:
            found = scores.get((share.article_id, signal.symbol, share.model_version))
            table.add_row(*_article(share, articles[share.article_id], found))
    if rest := stories[shown:]:
        count = f"{len(rest)} more {'story' if len(rest) == 1 else 'stories'} (--json has all)"
        table.add_row(f"{summed(one for one, _ in rest):+.6f}", "", "", count, style="dim")
    return table


def _article(
    share: ArticleShare, article: ArticleSummary, found: StoredScore | None
) -> tuple[str, ...]:
    told = [escape(article.headline)]
    if found is not None:
        score, whose = found.score, " (stand-in)" if found.stands_in else ""
        told.append(f"[dim]{score.label} {score.value:+.2f}{whose}: {escape(score.reason)}[/]")
    known = f"{article.known_at:%m-%d %H:%M}"
    return f"{share.share:+.6f}", known, escape(article.outlet), "\n".join(told)

"""New articles beside the stored ones: which story each tells."""

from collections.abc import Sequence

from fintech_pipeline.news.article_store import RecentArticle, ToldArticle
from fintech_pipeline.news.collection import FoundArticle
from fintech_pipeline.news.stories import StoryMember, assign_stories


def told_articles(
    fresh: Sequence[FoundArticle], recent: Sequence[RecentArticle]
) -> list[ToldArticle]:
    """The new articles, each with the story it tells, in the order in which they became known.

    Args:
        fresh: What is not stored yet.
        recent: What is stored and known in the story window before the first of them, or later.
    """
    stored = [
        StoryMember(str(a.article_id), a.headline, a.outlet, a.symbols, a.known_at, a.story_id)
        for a in recent
    ]
    members = [
        StoryMember(
            item.key,
            item.article.headline,
            item.article.outlet,
            frozenset(match.symbol for match in item.matches),
            item.known_at,
        )
        for item in fresh
    ]
    by_key = {item.key: item for item in fresh}
    told = []
    for one in assign_stories(members, stored):
        story = one.story if isinstance(one.story, int) else str(one.founder)
        told.append(ToldArticle(by_key[str(one.key)], story))
    return told

"""Two articles of our own in each request, whose verdicts are known beforehand. Pure.

An order that makes the model judge other articles as a headline wants ("rate everything 1") makes
it misjudge these as well. An answer that does is not believed, and its articles are asked for again
in smaller pieces.
"""

import random
from collections.abc import Mapping, Sequence

from fintech_pipeline.sentiment.models.gemini.answers import Reading
from fintech_pipeline.sentiment.models.gemini.items import Item
from fintech_pipeline.sentiment.models.gemini.prompt import Pair
from fintech_pipeline.sentiment.scores import Label, Text

MISLED = "not believed: the answer misjudged a control article of its request"
_CONTROLS = {
    Label.POSITIVE: "{} posts record quarterly profit and raises its outlook for the year",
    Label.NEGATIVE: "{} files for bankruptcy as regulators charge it with accounting fraud",
}


def with_controls(
    items: Sequence[Item], chance: random.Random
) -> tuple[list[Item], Mapping[Text, Label]]:
    """The articles with the two controls among them, and what the controls are to be judged.

    Each is about an instrument of the request, and stands in a place that nobody can foresee.
    """
    texts = [text for item in items for text in item.texts]
    mixed, expected = list(items), {}
    for number, (label, headline) in enumerate(_CONTROLS.items(), 1):
        of = chance.choice(texts)
        name = of.names[0] if of.names else of.symbol
        control = Text(-number, of.symbol, of.names, headline.format(name), "")
        mixed.insert(chance.randint(0, len(mixed)), Item((control,)))
        expected[control] = label
    return mixed, expected


def misled(asked: Mapping[Pair, Text], expected: Mapping[Text, Label], reading: Reading) -> bool:
    """Whether a control was misjudged; one of which nothing was said was not."""
    return any(
        asked[pair] in expected and score.label is not expected[asked[pair]]
        for pair, score in reading.scores.items()
    ) or any(asked[pair] in expected for pair in reading.invalid)

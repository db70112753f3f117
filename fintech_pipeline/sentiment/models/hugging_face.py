"""Any text classifier of Hugging Face by name, such as FinBERT; needs the extra `transformers`.

The model runs on this machine. It sees the whole headline and no symbol, so it says the same of
every company a headline names. Its labels must say in words which of them is good: that of FinBERT
(ProsusAI/finbert) are positive, negative, neutral.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from fintech_pipeline.errors import NotConfigured, ProviderError
from fintech_pipeline.sentiment.scores import Label, NotAsked, SentimentScore, Text, Verdict

_AT_ONCE = 32
_MOST_TOKENS = 256
_DIGITS = 6
_MEANING = {
    **dict.fromkeys(("positive", "pos", "bullish"), Label.POSITIVE),
    **dict.fromkeys(("neutral", "neu", "none"), Label.NEUTRAL),
    **dict.fromkeys(("negative", "neg", "bearish"), Label.NEGATIVE),
}


class HuggingFaceModel:
    """Scores texts by a sequence classifier.

    Args:
        name: The model's name at Hugging Face, or a folder that holds it.
        revision: Which version of it: a branch, a tag or, best, a commit.
    """

    costs = False

    def __init__(self, name: str, revision: str = "main") -> None:
        self._name = name
        self._revision = revision

    @property
    def version(self) -> str:
        """The model's name and revision."""
        return f"{self._name}@{self._revision}"

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        """One verdict a text, in the same order.

        The value is p(positive) - p(negative), the confidence the probability of the label. Where
        the model cannot be loaded, every text is `NotAsked`, with the reason.
        """
        try:
            return [
                verdict
                for start in range(0, len(texts), _AT_ONCE)
                for verdict in self._score(texts[start : start + _AT_ONCE])
            ]
        except ProviderError as error:
            return [NotAsked(error)] * len(texts)

    def _score(self, texts: Sequence[Text]) -> list[Verdict]:
        torch, tokenizer, model, labels = self._loaded
        read = [f"{text.headline} {text.summary}".strip() for text in texts]
        tokens = tokenizer(
            read, padding=True, truncation=True, max_length=_MOST_TOKENS, return_tensors="pt"
        )
        with torch.inference_mode():
            logits = model(**tokens).logits
        return [self._verdict(row, labels) for row in logits.double().softmax(-1).tolist()]

    def _verdict(self, row: Sequence[float], labels: Sequence[Label]) -> SentimentScore:
        likely = dict.fromkeys(Label, 0.0)
        for label, one in zip(labels, row, strict=True):
            likely[label] += one
        value = round(likely[Label.POSITIVE] - likely[Label.NEGATIVE], _DIGITS)
        most = max(Label, key=lambda label: likely[label])
        label = most if value else Label.NEUTRAL
        confidence = min(1.0, round(likely[most], _DIGITS))
        told = f"{self._name} reads it as {label}"
        return SentimentScore(value, label, confidence, told, answered_by=self.version)

    @cached_property
    def _loaded(self) -> tuple[Any, Any, Any, tuple[Label, ...]]:
        """The library, the tokenizer, the model, and what each of its outputs means."""
        try:
            import torch
            from transformers import AutoModelForSequenceClassification, AutoTokenizer
        except ModuleNotFoundError:
            raise NotConfigured(
                f'The model {self._name} needs the extra: pip install "fintech-pipeline'
                '[transformers]".'
            ) from None
        except ImportError as error:
            told = str(error).partition("\n")[0]
            raise NotConfigured(
                f"The model {self._name} needs torch, which is broken: {told}."
            ) from None
        try:
            tokenizer = AutoTokenizer.from_pretrained(self._name, revision=self._revision)
            model = AutoModelForSequenceClassification.from_pretrained(
                # Pickled weights can run code; these cannot.
                self._name,
                revision=self._revision,
                use_safetensors=True,
            )
        except (OSError, ValueError) as error:
            told = str(error).strip().partition("\n")[0].rstrip(".")
            raise NotConfigured(f"The model {self.version} cannot be loaded: {told}.") from None
        names = [str(name).lower() for _, name in sorted(model.config.id2label.items())]
        if not set(names) <= set(_MEANING):
            raise NotConfigured(
                f"The model {self.version} says {', '.join(names)}, which is not positive, neutral "
                "or negative."
            )
        return torch, tokenizer, model.eval(), tuple(_MEANING[name] for name in names)

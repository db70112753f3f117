"""The local model: linear, over n-grams and a reading by our own lexicon (docs/model-card.md)."""

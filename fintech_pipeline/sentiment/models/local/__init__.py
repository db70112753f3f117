"""The local model: linear, over n-grams and a reading by a lexicon of our own; docs/model-card.md."""

"""Sentiment: what a model says of an article for a symbol."""

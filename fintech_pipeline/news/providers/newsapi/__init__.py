"""The `newsapi` provider: headlines of many outlets from newsapi.org."""

"""The channel `console`: the terminal of `fintech up`, for the demo."""

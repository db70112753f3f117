"""The `gemini` model: Google's Gemini, asked for many headlines at a time."""

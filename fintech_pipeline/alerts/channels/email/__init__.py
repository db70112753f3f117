"""The channel `email`, by SMTP."""

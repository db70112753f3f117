"""The `edgar` provider: what companies file with the US Securities and Exchange Commission."""

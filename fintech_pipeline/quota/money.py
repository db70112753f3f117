"""Money as a person and as a program reads it. Pure."""

from decimal import Decimal


def usd(amount: Decimal) -> str:
    """The amount as a person reads it: cents, and two digits more where they say something."""
    if 0 < amount < Decimal("0.0001"):
        return "under $0.0001"
    whole, _, part = f"{amount:,.4f}".partition(".")
    return f"${whole}.{part[:2]}{part[2:].rstrip('0')}"


def exact(amount: Decimal) -> str:
    """The amount as a program reads it: all its digits and no exponent."""
    return f"{amount.normalize():f}"

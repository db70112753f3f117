"""Which of the addresses that vendors send may be given out as links. Pure."""

import re

_WEB = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#]\S*)?", re.IGNORECASE)


def web_link(url: str) -> str | None:
    """The address where a browser may follow it, else None.

    `javascript:` and `data:` run what a vendor wrote, and a name before an `@` looks like the site
    that is meant; neither is given out.
    """
    return url if _WEB.fullmatch(url) else None

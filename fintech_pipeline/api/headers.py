"""The headers of every answer that keep a browser from doing what it need not."""

import re

ANSWERS_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Of what no browser shows as a page."""
YEAR_SECONDS = 31_536_000
FIXED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(),"
    " payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


def security_headers(kind: str, host: str, *, https: bool) -> dict[str, str]:
    """The headers of an answer.

    Args:
        kind: Its media type.
        host: The request's header Host.
        https: Whether it goes to the person encrypted.
    """
    page = kind.partition(";")[0].strip().lower() == "text/html"
    policy = page_policy(host, https=https) if page else ANSWERS_POLICY
    told = {**FIXED, "Content-Security-Policy": policy}
    if https:
        told["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
    return told


def page_policy(host: str, *, https: bool) -> str:
    """What a page of ours may load: what we serve, and its stream.

    Args:
        host: The request's header Host; what is no host is not repeated.
        https: Whether it goes to the person encrypted.
    """
    stream = f" {'wss' if https else 'ws'}://{host}" if HOST.fullmatch(host) else ""
    return (
        f"default-src 'self'; base-uri 'none'; connect-src 'self'{stream}; form-action 'self';"
        " frame-ancestors 'none'; img-src 'self' data:; object-src 'none'"
    )

"""A stand-in of a publisher: feeds by their paths; any other is gone."""

from tests.vendors.standin import Does, Reply, Request, StandIn


def rss(*items: str, title: str = "The Wire") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>https://wire.example</link>{''.join(items)}</channel></rss>"
    ).encode()


def item(title: str = "Apple rises", date: str = "Tue, 24 Nov 2026 10:00:00 GMT") -> str:
    return (
        f"<item><title>{title}</title><link>https://wire.example/1</link><guid>17</guid>"
        f"<description>&lt;p&gt;Up &amp;amp; away&lt;script&gt;alert(1)&lt;/script&gt;&lt;/p&gt;"
        f"</description><pubDate>{date}</pubDate></item>"
    )


class RssStandIn(StandIn):
    """Gives each feed's bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.feeds: dict[str, Does] = {}

    def reply(self, request: Request) -> Does:
        return self.feeds.get(request.path, Reply(b"gone", 410, "text/plain"))

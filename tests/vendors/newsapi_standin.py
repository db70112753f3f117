"""A stand-in of NewsAPI: articles by time, page by page, within the plan."""

from datetime import datetime

from tests.vendors.standin import KEY, Does, Request, StandIn, as_json


def item(title: str, published_at: datetime, **more: object) -> dict[str, object]:
    url = f"https://outlet.example/{title.replace(' ', '-')}/{published_at:%d%H%M%S}"
    when = published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    source = {"id": None, "name": "Outlet"}
    told = {"source": source, "title": title, "url": url, "publishedAt": when}
    return {**told, "description": "A teaser.", "content": None, **more}


class NewsApiStandIn(StandIn):
    """Holds articles and gives them as the vendor does.

    Attributes:
        articles: What it has.
        most: How many articles of a query the plan shows.
        shown_until: What was published later is not shown yet; None shows all.
        refuses: What it does instead of answering, by the number of the request.
    """

    def __init__(self) -> None:
        super().__init__()
        self.articles: list[dict[str, object]] = []
        self.most = 100
        self.shown_until: datetime | None = None
        self.refuses: dict[int, Does] = {}

    def reply(self, request: Request) -> Does:
        if len(self.requests) in self.refuses:
            return self.refuses[len(self.requests)]
        if request.headers.get("x-api-key") != KEY:
            return as_json({"status": "error", "code": "apiKeyInvalid", "message": KEY}, 401)
        if len(request.params["q"]) > 500:
            return as_json({"status": "error", "code": "parameterInvalid", "message": "q"}, 400)
        size, page = int(request.params["pageSize"]), int(request.params["page"])
        if (page - 1) * size >= self.most:
            message = f"You have requested too many results: {self.most}."
            return as_json(
                {"status": "error", "code": "maximumResultsReached", "message": message}, 426
            )
        shown = self._shown(request.params)
        part = shown[(page - 1) * size : page * size]
        return as_json({"status": "ok", "totalResults": len(shown), "articles": part})

    def _shown(self, params: dict[str, str]) -> list[dict[str, object]]:
        """The articles of the window, the newest first."""
        start, end = (datetime.fromisoformat(params[key]) for key in ("from", "to"))
        inside = [
            article
            for article in self.articles
            if start <= published(article).replace(tzinfo=None) <= end
            and (self.shown_until is None or published(article) <= self.shown_until)
        ]
        return sorted(inside, key=published, reverse=True)


def published(article: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(article["publishedAt"]))

"""Values: every one explained, none misspelt, none without sense, and all that reach the code."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.signals.strategy_files import load_strategies
from tests.kubernetes.chart import CHART, Document, Helm, Refused, Rendered
from tests.kubernetes.configured import settings_of
from tests.kubernetes.matrix import (
    EXTERNAL,
    FILES,
    LIVE,
    MATRIX,
    RULES,
    SMTP,
    STRATEGY,
    TWILIO,
)

VALUES = (CHART / "values.yaml").read_text("utf-8")
LOGINLESS = {key: value for key, value in SMTP.items() if key not in {"user", "password"}}
SCHEMA = json.loads((CHART / "values.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX)
def test_the_application_takes_the_configuration_of_every_combination(
    helm: Helm, values: Document, tmp_path: Path
) -> None:
    settings = settings_of(helm.render(values), tmp_path)
    config = values.get("config", {})
    assert settings.simulated == ("market" not in config)
    if "watchlist" in config:
        told = [one.model_dump(mode="json", exclude_defaults=True) for one in settings.watchlist]
        given = [
            {k: v for k, v in one.items() if (k, v) != ("mic", "XNYS")}
            for one in config["watchlist"]
        ]
        assert told == given


def test_the_defaults_are_the_demo_of_the_laptop(defaults: Rendered, tmp_path: Path) -> None:
    demo = load_settings(environment={})
    ours = settings_of(defaults, tmp_path)
    for part in ("pipeline", "market", "news", "sentiment", "signals", "simulation", "alerts"):
        assert getattr(ours, part) == getattr(demo, part)
    symbols = [(one.symbol, one.name, one.mic) for one in ours.watchlist]
    assert symbols == [(one.symbol, one.name, one.mic) for one in demo.watchlist]


def test_the_schema_knows_every_setting_and_no_other() -> None:
    """All but the database, the webserver and the analyzer, which the chart itself names."""
    reference = Settings.model_json_schema()
    definitions = reference["$defs"]

    def keys(node: dict[str, Any]) -> Any:
        if "$ref" in node:
            return keys(definitions[node["$ref"].rsplit("/", 1)[1]])
        for choice in node.get("anyOf", []):
            if "$ref" in choice:
                return keys(choice)
        if "properties" in node:
            return {name: keys(one) for name, one in node["properties"].items()}
        return keys(node["items"]) if "$ref" in node.get("items", {}) else None

    def ours(node: dict[str, Any]) -> Any:
        if "properties" in node:
            assert node["additionalProperties"] is False
            return {name: ours(one) for name, one in node["properties"].items()}
        return ours(node["items"]) if "properties" in node.get("items", {}) else None

    wanted = keys(reference)
    del wanted["database"], wanted["pipeline"]["webserver"], wanted["api"]["analyzer_url"]
    del (
        wanted["api"]["dashboard"],
        wanted["api"]["dagster_url"],
    )  # the dashboard has pods of its own
    assert ours(SCHEMA["properties"]["config"]) == wanted


def test_the_schema_describes_every_value_and_the_values_hold_all_it_requires() -> None:
    def walk(values: Document, schema: dict[str, Any], path: str) -> None:
        if "$ref" in schema:
            schema = SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]]
        for key, value in values.items():
            if "properties" not in schema:
                return  # a map of a person's own
            assert key in schema["properties"], f"{path}{key}"
            if isinstance(value, dict):
                walk(value, schema["properties"][key], f"{path}{key}.")

    walk(yaml.safe_load(VALUES), SCHEMA, "")
    assert set(yaml.safe_load(VALUES)) == set(SCHEMA["properties"]) - {"global"}


def test_every_value_is_explained_by_a_comment_of_its_own() -> None:
    """Right above it; what stands in a map or list of a person's own needs none."""
    own = {"controlPlane", "dns", "resources", "scaleDown", "scaleUp", "settings", "watchlist"}
    inside: int | None = None
    before = ""
    for line in VALUES.splitlines():
        key = re.match(r"^( *)([A-Za-z_]+):", line)
        indent = len(line) - len(line.lstrip())
        if line.strip() and inside is not None and indent <= inside:
            inside = None
        if key and inside is None:
            assert before.strip().startswith("#"), f"no comment: {line}"
            if key.group(2) in own:
                inside = indent
        before = line


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"runs": None}, r"missing property 'runs'"),
        ({"networkPolicy": {"dns": []}}, r"networkPolicy/dns': minItems"),
        ({"externalDatabase": {"host": "db:6543"}}, r"externalDatabase/host'"),
        ({"image": {"pullSecrets": ["a: b"]}}, r"pullSecrets/0'"),
        ({"imge": {}}, r"additional properties 'imge' not allowed"),
        ({"config": {"pipeline": {"minute_after_slot": 3}}}, r"'minute_after_slot' not allowed"),
        ({"config": {"pipeline": {"minutes_after_slot": 30}}}, r"minutes_after_slot': maximum"),
        ({"config": {"pipeline": {"starts_on": "yesterday"}}}, r"starts_on'"),
        ({"config": {"watchlist": []}}, r"watchlist': minItems"),
        ({"config": {"quota": {"yahoo": {"per_day": -1}}}}, r"quota/yahoo/per_day': minimum"),
        ({"config": {"watchlist": [{"symbol": "aapl", "name": "Apple"}]}}, r"watchlist/0/symbol'"),
        ({"config": {"database": {"url": "postgresql://a:b@c/d"}}}, r"'database' not allowed"),
        ({"image": {"tag": "latest"}}, r"image/tag': 'not' failed"),
        ({"postgres": {"image": {"tag": "latest"}}}, r"postgres/image/tag'"),
        ({"runs": {"resources": {"limits": None}}}, r"runs/resources'"),
        ({"externalDatabase": {"password": "x"}}, r"'password' not allowed"),
        (
            {"externalDatabase": {"host": "db"}},
            r'externalDatabase.host is "db" but postgres.enabled is true: set postgres.enabled',
        ),
        (
            {"postgres": {"enabled": False}},
            r"postgres.enabled is false, so externalDatabase.host must name a database, or ",
        ),
        (
            {"postgres": {"enabled": False}, "externalDatabase": {"host": "db"}},
            r"externalDatabase.existingSecret must name the Secret with the password",
        ),
        (
            {
                "postgres": {"enabled": False},
                "externalDatabase": {**EXTERNAL, "sslMode": "verify-full"},
            },
            r"sslMode verify-full needs externalDatabase.caConfigMap",
        ),
        (
            {"config": {"market": {"providers": ["files"]}}},
            r"mix simulated and real data \(files, simulated\)",
        ),
        ({"config": FILES}, r"\"files\" needs files.existingClaim, the claim that holds them"),
        (
            {
                "config": {"market": {"providers": ["files"]}, "news": {"providers": []}},
                "files": {"existingClaim": "real"},
            },
            r"needs config.market.files.folder, a folder below /data\.",
        ),
        (
            {
                "config": {**FILES, "news": {"providers": ["files"]}},
                "files": {"existingClaim": "real"},
            },
            r"needs config.news.files.path, a file below /data\.",
        ),
        (
            {
                "config": {
                    "market": {"providers": ["files"], "files": {"folder": "/data/bars"}},
                    "news": {"providers": ["edgar"]},
                },
                "files": {"existingClaim": "real"},
            },
            r'The provider "edgar" needs config.news.edgar.contact\.',
        ),
        # A key belongs into a Secret; here only its variable's name.
        ({"config": {"news": {"newsapi": {"key": "0123456789abcdef"}}}}, r"news/newsapi/key'"),
        ({"config": {"news": {"alpha_vantage": {"key": "demo"}}}}, r"news/alpha_vantage/key'"),
        ({"config": {"market": {"alpha_vantage": {"key": "a${B}"}}}}, r"market/alpha_vantage/key'"),
        ({"config": {"sentiment": {"gemini": {"key": "AIza"}}}}, r"sentiment/gemini/key'"),
        (
            {"config": {"sentiment": {"models": ["gemini", "local"]}}},
            r'The model "gemini" needs config.sentiment.gemini.key\.',
        ),
        ({"config": {"signals": {"strategies": []}}}, r"signals/strategies': minItems"),
        ({"config": {"signals": {"strategies": ["swing", "swing"]}}}, r"signals/strategies'"),
        ({"config": {"signals": {"strategies": ["/data/mine.toml"]}}}, r"signals/strategies/0'"),
        ({"config": {"signals": {"strategy": "swing"}}}, r"'strategy' not allowed"),
        (
            {"config": {"signals": {"strategies": ["mine.toml"]}}},
            r"config.signals.strategies names mine.toml, and strategies has no file of that name\.",
        ),
        (
            {"strategies": {"fintech.toml": "x"}},
            r"No file of strategies may be called fintech.toml",
        ),
        ({"strategies": {"../mine.toml": "x"}}, r"'../mine.toml' not allowed"),
        ({"strategies": {"mine.toml": {"name": "mine"}}}, r"strategies/mine.toml'"),
        ({"providers": {"proxy": "http://me:word@proxy:3128"}}, r"providers/proxy'"),
        ({"providers": {"proxy": "http://proxy"}}, r"providers/proxy'"),  # whose port differs
        ({"providers": {"keys": {"NEWSAPI_KEY": "word"}}}, r"'keys' not allowed"),
        (
            {"config": {**LIVE, "news": {"providers": ["newsapi"]}}},
            r'The provider "newsapi" needs config.news.newsapi.key\.',
        ),
        (
            {"config": {"market": {"providers": ["alpha_vantage"]}, "news": {"providers": []}}},
            r'The provider "alpha_vantage" needs config.market.alpha_vantage.key\.',
        ),
        (
            {"config": LIVE},
            r"name \${ALPHA_VANTAGE_API_KEY}, \${FEED_TOKEN}, \${GEMINI_API_KEY}, "
            r"\${NEWSAPI_KEY}, so "
            r"providers.existingSecret must name the Secret with these entries; the chart never",
        ),
        ({"networkPolicy": {"vendors": {"except": ["::/0"]}}}, r"vendors/except/0'"),
        ({"networkPolicy": {"vendors": {"also": ["10.0.0.1"]}}}, r"vendors/also/0'"),
        (
            {"analyzer": {"autoscaling": {"minReplicas": 5}}},
            r"analyzer.autoscaling.minReplicas is 5, more than maxReplicas, 4\.",
        ),
        ({"analyzer": {"autoscaling": {"scaleUp": {"policies": []}}}}, r"policies': minItems"),
        ({"analyzer": {"token": "word"}}, r"'token' not allowed"),
        (
            {"config": {"alerts": {"smtp": {**SMTP, "password": "word"}}}},
            r"alerts/smtp/password'",
        ),
        (
            {"config": {"alerts": {"smtp": {**SMTP, "host": "${MAIL_HOST}"}}}},
            r"alerts/smtp/host'",
        ),
        (
            {"config": {"alerts": {"smtp": {**LOGINLESS, "user": "watch"}}}},
            r"config.alerts.smtp.user and password belong together; set both or neither\.",
        ),
        (
            {"config": {"alerts": {"smtp": {**SMTP, "security": "none"}}}},
            r'config.alerts.smtp.security "none" would send the password in the clear; use',
        ),
        (
            {"config": {"alerts": {"twilio": {**TWILIO, "auth_token": "0123456789abcdef"}}}},
            r"alerts/twilio/auth_token'",
        ),
        (
            # It is no secret, and pods that ask nobody check its form as well.
            {"config": {"alerts": {"twilio": {**TWILIO, "account_sid": "${TWILIO_ACCOUNT_SID}"}}}},
            r"alerts/twilio/account_sid'",
        ),
        ({"config": {"alerts": {"email": {}}}}, r"'email' not allowed"),
        ({"config": {"watchlist": [{"symbol": "KO", "name": "K", "tags": ["A"]}]}}, r"tags/0'"),
        (
            {"alerts": {"rules": RULES}},
            r"name \${CHAT_TOKEN}, so providers.existingSecret must name the Secret",
        ),
        (
            {"alerts": {"rules": "# none"}, "deliverer": {"enabled": False}},
            r"alerts.rules is brought in by the deliverer, and deliverer.enabled is false\.",
        ),
        ({"alerts": {"apprisePorts": [0]}}, r"alerts/apprisePorts/0': minimum"),
        ({"deliverer": {"replicas": 0}}, r"deliverer/replicas': minimum"),
        (
            {"externalDatabase": {"replica": {"host": "copy"}}},
            r"replica.host names a copy of an external database, and postgres.enabled is true\.",
        ),
        ({"api": {"ingress": {"enabled": True}}}, r"api.ingress.host must name the host"),
        (
            {"api": {"ingress": {"enabled": True, "host": "watch.example.org"}}},
            r"tlsSecret must name the certificate, or .*: tokens would travel in the clear\.",
        ),
        (
            {"api": {"ingress": {"enabled": True, "host": "a.example.org", "tlsSecret": "tls"}}},
            r"networkPolicy.apiFrom must name the pods of the Ingress controller",
        ),
        (
            {"api": {"enabled": False, "ingress": {"enabled": True}}},
            r"api.ingress leads to the API, and api.enabled is false\.",
        ),
        (
            {"api": {"enabled": False}, "networkPolicy": {"apiFrom": [{"podSelector": {}}]}},
            r"networkPolicy.apiFrom opens the API, and api.enabled is false\.",
        ),
        (
            {"networkPolicy": {"uiFrom": [{"podSelector": {}}]}},
            r"opens the read-only UI, and ui.enabled is false; the other one, .* to nobody\.",
        ),
        ({"networkPolicy": {"webserverFrom": []}}, r"'webserverFrom' not allowed"),
        ({"api": {"tokens": {"viewer": "word"}}}, r"'tokens' not allowed"),
        ({"config": {"api": {"analyzer_url": "http://x"}}}, r"'analyzer_url' not allowed"),
        (
            {"runs": {"deadlineSeconds": 100}},
            r"runs.deadlineSeconds must be longer than runs.startTimeoutSeconds",
        ),
        (
            {"runs": {"startTimeoutSeconds": 10}},
            r"runs.startTimeoutSeconds must be longer than runs.pollSeconds",
        ),
        (
            {
                "config": {
                    "watchlist": [{"symbol": "KO", "name": "One"}, {"symbol": "KO", "name": "Two"}]
                }
            },
            r"config.watchlist names KO twice\.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    helm: Helm, values: Document, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        helm.render(values)


def test_a_text_of_a_person_reaches_the_configuration_as_it_was_written(
    helm: Helm, tmp_path: Path
) -> None:
    name = 'Quote " back \\ slash, Größe 日本 {{ .Values }} ${HOME} # no comment'
    watched = [{"symbol": "KO", "name": name, "aliases": ["a\tb"], "mic": "XSIM"}]
    rendered = helm.render({"config": {"watchlist": watched}})
    file = tmp_path / "fintech.toml"
    file.write_text(rendered.data("-config", "fintech.toml"), "utf-8")
    settings = load_settings(file, {"HOME": "${HOME}"})
    assert settings.watchlist[0].name == name
    assert settings.watchlist[0].aliases == ("a\tb",)


def test_a_strategy_of_ones_own_reaches_the_application_as_it_was_written(
    helm: Helm, tmp_path: Path
) -> None:
    rendered = helm.render(MATRIX["a strategy of one's own beside the shipped ones"])
    assert rendered.data("-config", "mine.toml") == STRATEGY
    settings = settings_of(rendered, tmp_path)
    assert settings.signals.strategies == ("balanced", tmp_path / "mine.toml", "swing")
    labels = [strategy.label for strategy in load_strategies(settings.signals.strategies)]
    assert labels == ["balanced-2", "mine-1", "swing-1"]


def test_people_and_rules_reach_the_deliverer_as_they_were_written(helm: Helm) -> None:
    rendered = helm.render(MATRIX["live sources, pull secrets, chosen nodes"])
    assert rendered.data("-rules", "rules.toml") == RULES


def test_how_alerts_leave_reaches_the_application(helm: Helm, tmp_path: Path) -> None:
    rendered = helm.render(MATRIX["live sources, pull secrets, chosen nodes"])
    smtp, twilio = (alerts := settings_of(rendered, tmp_path).alerts).smtp, alerts.twilio
    assert smtp is not None
    assert smtp.password is not None
    assert twilio is not None
    assert (smtp.host, smtp.port, smtp.security) == ("smtp.example.org", 587, "starttls")
    assert (smtp.user, smtp.password.get_secret_value()) == ("mail-user", "mail-secret")
    assert twilio.auth_token.get_secret_value() == "twilio-secret"


def test_a_vendors_plan_reaches_the_application(helm: Helm, tmp_path: Path) -> None:
    plan = {"per_minute": 75, "per_day": 0, "reset_zone": "America/New_York"}
    settings = settings_of(helm.render({"config": {"quota": {"alpha_vantage": plan}}}), tmp_path)
    assert str(settings.allowance("alpha_vantage")) == "1 a second, 75 a minute"


def test_versions_agree() -> None:
    """The chart is released with the application it installs."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    project = (CHART.parents[1] / "pyproject.toml").read_text("utf-8")
    (version,) = re.findall(r'^version = "(.+)"$', project, flags=re.MULTILINE)
    assert chart["version"] == chart["appVersion"] == version


def test_a_release_whose_name_no_service_may_have_is_refused(helm: Helm) -> None:
    with pytest.raises(Refused, match=r"\"9lives\", and the names of its Services must begin"):
        helm.render(release="9lives")


def test_what_looks_like_something_else_stays_a_text(helm: Helm) -> None:
    """Names that YAML reads as numbers or truth, numbers that it writes with an exponent."""
    values = {
        "postgres": {"existingSecret": "123", "storage": {"className": "0x1f"}},
        "config": {"market": {"alpha_vantage": {"key": "${ON}"}}},
        "providers": {"existingSecret": "true"},
        "runs": {"keepSeconds": 2_000_000},
    }
    rendered = helm.render(values, release="null")
    for document in rendered.documents:
        assert document["metadata"]["labels"]["app.kubernetes.io/instance"] == "null"
    (code,) = rendered.one("Deployment", "-code")["spec"]["template"]["spec"]["containers"]
    secrets = {
        one["name"]: one["valueFrom"]["secretKeyRef"] for one in code["env"] if "valueFrom" in one
    }
    assert secrets == {
        "PGPASSWORD": {"name": "123", "key": "password"},
        "ON": {"name": "true", "key": "ON"},
    }
    spec = rendered.one("StatefulSet", "-postgres")["spec"]
    assert spec["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "0x1f"
    instance = yaml.safe_load(rendered.data("-dagster", "dagster.yaml"))
    job = instance["run_launcher"]["config"]["run_k8s_config"]["job_spec_config"]
    assert job["ttl_seconds_after_finished"] == 2_000_000


def test_a_database_may_have_an_address_of_the_new_internet(helm: Helm) -> None:
    values = {
        "postgres": {"enabled": False},
        "externalDatabase": {**EXTERNAL, "host": "fd00::1", "cidrs": ["fd00::/8"]},
    }
    (code,) = helm.render(values).one("Deployment", "-code")["spec"]["template"]["spec"][
        "containers"
    ]
    (url,) = [one["value"] for one in code["env"] if one["name"] == "DATABASE_URL"]
    assert url == "postgresql://fintech@[fd00::1]:6432/fintech?sslmode=require"

"""Where the Services of the namespace are to be found on this machine, and texts that name them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

HERE = "127.0.0.1"


@dataclass
class Addresses:
    """Local ports in place of the cluster's DNS names.

    Attributes:
        namespace: Part of every name.
        services: Service name and port, and the local port.
    """

    namespace: str
    services: dict[tuple[str, int], int] = field(default_factory=dict)

    def rewritten(self, name: str, text: str) -> str:
        """The text of a file or value with every `service:port` replaced.

        In YAML a host and its port may also stand on two lines; such a document is written anew.
        """
        for (service, port), local in self.services.items():
            text = re.sub(rf"(?<![\w.-]){self._names(service)}:{port}\b", f"{HERE}:{local}", text)
        if name.endswith((".yaml", ".yml")) and any(s in text for s, _ in self.services):
            document = yaml.safe_load(text)
            if self._rewrite(document):
                return str(yaml.safe_dump(document))
        return text

    def _names(self, service: str) -> str:
        ends = rf"(?:\.{self.namespace}(?:\.svc(?:\.cluster\.local\.?)?)?)?"
        return re.escape(service) + ends

    def _rewrite(self, node: Any) -> bool:
        """Replaces host and port of every mapping that names a Service; whether any did."""
        if isinstance(node, list):
            return sum(self._rewrite(item) for item in node) > 0  # all of them
        if not isinstance(node, Mapping):
            return False
        changed = sum(self._rewrite(value) for value in node.values()) > 0
        host, port = str(node.get("host", "")), node.get("port")
        for (service, known), local in self.services.items():
            if port == known and re.fullmatch(self._names(service), host):
                assert isinstance(node, dict)
                node |= {"host": HERE, "port": local}
                return True
        return changed

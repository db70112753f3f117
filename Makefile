# Two commands do everything: `make demo` and `make test`.
# PYTHON names the interpreter that makes .venv; 3.11 or newer.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
# Workers for the tests; two cores are enough for the whole of it.
JOBS ?= 2

# Python keeps what it compiles, also where the environment forbids it: each of our commands would
# compile two thousand modules again, for 4 to 5 seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test faults bench soak transformers pictures images monitoring dashboard dashboard-checks \
	openapi asyncapi sbom licences lint types boundaries pytest lock clean $(VENV)/dev

# The demo is the built-in configuration on a database of its own, whatever the environment names:
# made-up prices belong in nobody's real database.
demo: export FINTECH_CONFIG =
demo: export FINTECH_DATABASE__URL =
demo: export DATABASE_URL =
demo:
	@$(PYTHON) deploy/install.py $(VENV) runtime.txt
	@$(PYTHON) deploy/dashboard.py $(VENV) --if-possible
	@$(RUN)/fintech backfill
	@$(RUN)/fintech tick
	@$(RUN)/fintech alerts apply -f fintech_pipeline/demo_rules.toml
ifndef ONCE
	@$(RUN)/fintech up
endif

test: lint types boundaries dashboard-checks pytest

$(VENV)/dev:
	@$(PYTHON) deploy/install.py $(VENV) dev.txt

lint: $(VENV)/dev
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .

types: $(VENV)/dev
	@$(RUN)/mypy

boundaries: $(VENV)/dev
	@$(RUN)/lint-imports

# What is read by machines of the dashboard's sources, and its components' tests.
dashboard-checks: $(VENV)/dev
	@$(PYTHON) deploy/dashboard.py $(VENV) --check

pytest: $(VENV)/dev
	@$(RUN)/pytest -n $(JOBS) --dist loadgroup

# The kills and races, the long ones included, and whatever else takes minutes.
faults: $(VENV)/dev
	@$(RUN)/pytest -n $(JOBS) --dist loadgroup -m "slow or not slow" tests/faults tests/kubernetes
	@$(RUN)/pytest -n $(JOBS) --dist loadgroup -m slow --ignore tests/faults --ignore tests/kubernetes

# What the project promises of its speed, as ratios; writes build/bench.json. On a quiet machine.
bench: $(VENV)/dev
	@$(RUN)/python tests/benchmarks/bench.py

# Months of ticks in an hour or so while everything fails, then judged; writes build/soak/report.md.
# make soak TICKS=200 SYMBOLS=200 SEED=2 MINUTES=30; as root its disk fills, too.
soak: $(VENV)/dev
	@$(RUN)/python -m tests.soak

# The models of Hugging Face: an environment of their own, some gigabytes, and their tests in it.
transformers:
	@$(PYTHON) deploy/install.py $(VENV)-transformers dev.txt
	@$(VENV)-transformers/bin/pip install --quiet ".[transformers]"
	@$(VENV)-transformers/bin/pytest -m slow tests/unit/test_hugging_face.py

# The pictures of docs/real-months.md and docs/outcomes.md, and the latter's figures, from a
# backfilled database of examples/files.toml.
pictures: $(VENV)/dev
	@$(RUN)/python docs/real_months.py
	@$(RUN)/python docs/outcomes.py

# The dashboard alone, into dashboard/dist; it takes the machine's Node.js, or one from PyPI.
dashboard:
	@$(PYTHON) deploy/install.py $(VENV) runtime.txt
	@$(PYTHON) deploy/dashboard.py $(VENV)

# The API's own description, of which the dashboard's client is made.
openapi: $(VENV)/dev
	@$(RUN)/python docs/openapi.py

# The Grafana dashboards, of deploy/monitoring/panels.toml.
monitoring: $(VENV)/dev
	@$(RUN)/python deploy/monitoring/make_dashboards.py

# What can be subscribed to at a broker, in AsyncAPI.
asyncapi: $(VENV)/dev
	@$(RUN)/python docs/asyncapi.py

# The container images, by docker, podman or buildah. BASE, NODE and NGINX pin what they stand on:
# make images BASE=docker.io/library/python@sha256:…
images:
	@$(PYTHON) deploy/images/build.py $(foreach name,BASE NODE NGINX,$(if $($(name)),$(name)=$($(name))))

# What is given away, as a CycloneDX file, and under which licences (requirements/licences.toml).
sbom: $(VENV)/dev
	@$(RUN)/python deploy/materials.py build/sbom.json

licences: sbom
	@$(RUN)/python deploy/licences.py build/sbom.json build/licences.md

# Writes the lock files anew; they hold hashes and no address.
COMPILE := $(RUN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
lock: $(VENV)/dev
	@cd requirements && ../$(COMPILE) install.in -o install.txt
	@cd requirements && ../$(COMPILE) node.in -o node.txt
	@cd requirements && ../$(COMPILE) ../pyproject.toml -c install.txt --extra otel -o runtime.txt
	@cd requirements && ../$(COMPILE) ../pyproject.toml -c install.txt -c runtime.txt --extra dev -o dev.txt

clean:
	rm -rf $(VENV) $(VENV).lock .fintech build .pytest_cache .mypy_cache .ruff_cache
	rm -rf $(addprefix dashboard/,dist node_modules .dist-draft .dist-old .build.lock)

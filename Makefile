# Two commands do everything on a fresh machine: `make demo` and `make test`. Both need Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
CODE := bot tools knowledge tests
ARGS ?=
# prints where the local Slack is, after installing it; needs Node 20+ or the wheel of it in .venv
SLACK := $(BIN)/python .ci/peers.py local-slack | $(BIN)/python -c "import json, sys; print(json.load(sys.stdin)['local-slack'])"

.PHONY: setup demo demo-slack test check fast bench bench-slack lock clean

setup: $(READY)

# the lock is complete: neither dependencies are worked out again nor modules compiled that nobody imports
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Clearance needs Python 3.11 or newer; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	-$(BIN)/clearance models install
	touch $(READY)

demo: setup
	$(BIN)/clearance demo $(ARGS)

demo-slack: setup
	$(BIN)/clearance demo --slack --slack-program "$$($(SLACK))" $(ARGS)

check: setup
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture bot tools knowledge --min-confidence 100
	$(BIN)/codespell $(CODE) README.md CHANGELOG.md

test: check
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report
	$(BIN)/coverage report --include='tools/rules/*' --fail-under=95
	$(BIN)/coverage report --include='bot/engine/*' --fail-under=95
	$(BIN)/python .ci/wheel_smoke.py

# the unit tests alone
fast: setup
	$(BIN)/pytest -q tests/unit

bench: setup
	$(BIN)/clearance bench spine $(ARGS)

bench-slack: setup
	$(BIN)/clearance bench slack --slack-program "$$($(SLACK))" $(ARGS)

# The lock carries hashes and no index addresses. It needs uv (pip install uv) and is run by hand.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header pyproject.toml --group dev -o requirements.lock

clean:
	rm -rf .venv .clearance build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache

# make            what there is
# make serve      the service, from nothing
# make test       the whole test suite, from nothing

PYTHON ?= python3
FUZZ ?= 200000
# what they show does not depend on the worker
NO_WORKER = $(addprefix --ignore tests/,zoo $(addprefix system/,test_startup_failures.py test_examples.py test_own_code.py test_own_model_page.py test_boosting_libraries.py))
PIP = $(PYTHON) -m pip --python $(@D)/bin/python --disable-pip-version-check install --quiet --no-input

.DEFAULT_GOAL := help
.PHONY: help serve models train test test-quick test-gthread fuzz lint types bench lock clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: .venv/serve ## train a model if there is none, and serve it on 127.0.0.1:8000
	@case ",$${IRIS_MODELS:-$${IRIS_MODEL_NAME:-iris}}," in *,iris,*) ls -d -- "$${IRIS_ARTIFACTS:-artifacts}/iris"/[1-9]* >/dev/null 2>&1 \
	|| .venv/bin/python scripts/train.py >&2;; esac
	@exec .venv/bin/iris-api serve

models: .venv/models ## install what models over tables and of XGBoost need, into the environment of make serve

train: .venv/serve ## train the Iris model once more, as the next version
	@.venv/bin/python scripts/train.py

test: .venv/dev ## run the whole test suite, in two runs side by side
	@log=$$(mktemp); .venv/bin/python -m pytest -m "not system and not container" >"$$log" 2>&1 & quick=$$!; \
	trap 'kill $$quick; rm -f "$$log"; exit 130' INT TERM; status=0; \
	.venv/bin/python -m pytest -p no:cacheprovider -m "system or container" || status=$$?; \
	wait $$quick || status=$$?; cat "$$log"; rm -f "$$log"; exit $$status

test-quick: .venv/dev ## run the tests that start no server and no container
	@.venv/bin/python -m pytest -m "not system and not container"

test-gthread: .venv/dev ## run the tests that ask a running service once more, under Gunicorn's thread worker
	@TEST_WORKER_CLASS=gthread .venv/bin/python -m pytest -p no:cacheprovider -m "system and not lanes and not container" $(NO_WORKER)

fuzz: .venv/dev ## decode 200,000 spoilt pickles of every served family (FUZZ=3000 for a first look)
	@.venv/bin/python -m tests.fuzz --mutants $(FUZZ)

lint: .venv/dev ## check style and formatting
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types: .venv/dev ## check the types
	@.venv/bin/mypy

bench: .venv/models .venv-bench/bench ## measure the service beside others (BENCH=--quick for a first look)
	@.venv-bench/bin/python -m benchmarks $(BENCH)

lock: ## resolve the locked requirements again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra seal --group build -o requirements/serve.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra seal --extra catboost --extra lightgbm --extra pandas --extra xgboost --extra yaml --group build --group dev -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra seal --extra catboost --extra lightgbm --extra pandas --extra xgboost --extra yaml --group build -o requirements/models.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group build --group bench -o requirements/bench.txt

clean: ## remove the environments and what tools left behind
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

.venv/bin/python .venv-bench/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("iris-api needs Python 3.11 or newer, this is %d.%d: make PYTHON=python3.13" % sys.version_info[:2])'
	@$(PYTHON) -m pip --version >/dev/null || { echo "iris-api needs pip: install your system's python3-pip package" >&2; exit 1; }
	@$(PYTHON) -m venv --without-pip $(@:/bin/python=)
	@echo '*' > $(@:/bin/python=)/.gitignore

.venv/%: requirements/%.txt pyproject.toml | .venv/bin/python
	$(install)

.venv-bench/%: requirements/%.txt pyproject.toml | .venv-bench/bin/python
	$(install)

define install
	@echo "installing the locked requirements ($*)"
	@$(PIP) --require-hashes -r requirements/$*.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@
endef

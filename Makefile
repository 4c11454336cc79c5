# Everything one does here, by hand or in CI. `make` alone lists it.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Paths are relative: the folder may have spaces in its name. The environment is ours alone: one that is
# activated, or a PYTHONPATH that is set, changes nothing.
BIN := .venv/bin
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONHOME PYTHONPATH
export PYTHONNOUSERSITE := 1
# No word to anyone, and BLAS on one thread: implicit and scikit-learn thread above it.
export MLFLOW_DISABLE_TELEMETRY := true
export OPENBLAS_NUM_THREADS := 1
# A machine without git is no fault: MLflow's run then has no commit.
export GIT_PYTHON_REFRESH := quiet

RUNTIME := .venv/.runtime
EVERYTHING := .venv/.everything
PROTOS := $(wildcard proto/shopkeeper/v1/*.proto)
PROTOC := $(BIN)/python -m grpc_tools.protoc --proto_path=proto
LOCK := UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile --quiet \
	--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links $(LOCK_FLAGS)

.PHONY: help demo serve test check lint types imports proto-check format proto lock clean

help: ## List what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

demo: $(RUNTIME) ## Make a simulated shop, serve it and show three pages (ONCE=1: end after that; AGAIN=1: make it anew)
	@$(BIN)/shopkeeper demo $(if $(ONCE),--once) $(if $(AGAIN),--again)

serve: $(RUNTIME) ## Answer product pages over gRPC (ARGS="..." go to `shopkeeper serve`)
	@$(BIN)/shopkeeper serve $(ARGS)

test: $(EVERYTHING) ## Run all the tests (ARGS="..." go to pytest)
	@$(BIN)/python -m pytest $(ARGS)

check: lint types imports proto-check test ## Check format, lint, types, imports, proto and tests

lint: $(EVERYTHING) ## Check format and lint
	@$(BIN)/ruff format --check --quiet . || { echo "make format mends this" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .

types: $(EVERYTHING) ## Check types
	@echo "Checking types..."
	@$(BIN)/mypy --strict

imports: $(EVERYTHING) ## Check that imports go down only
	@$(BIN)/lint-imports --no-logo

proto-check: $(EVERYTHING) ## Check the wire contract, and that its Python is up to date
	@$(BIN)/buf lint proto
	@sh .ci/proto-breaking
	@rm -rf .venv/proto && mkdir .venv/proto
	@$(PROTOC) --python_out=.venv/proto --pyi_out=.venv/proto --grpc_python_out=.venv/proto $(PROTOS)
	@for made in .venv/proto/shopkeeper/v1/*; do \
		cmp -s "$$made" "proto/shopkeeper/v1/$${made##*/}" || \
		{ echo "proto/shopkeeper/v1/$${made##*/} is not what its .proto makes: make proto" >&2; exit 1; }; done

format: $(EVERYTHING) ## Format, and mend what the linter can
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

proto: $(EVERYTHING) ## Make the Python of the wire contract
	@$(PROTOC) --python_out=proto --pyi_out=proto --grpc_python_out=proto $(PROTOS)

lock: $(RUNTIME) ## Resolve the locks anew (LOCK_FLAGS=--upgrade: to the newest versions)
	@$(LOCK) pyproject.toml --all-extras --group build -o requirements.lock
	@$(LOCK) pyproject.toml --extra service --extra trainer -c requirements.lock -o requirements/trainer.lock
	@$(LOCK) pyproject.toml --extra service --extra tracing -c requirements.lock -o requirements/service.lock
	@$(LOCK) --group build -c requirements.lock -o requirements/build.lock

clean: ## Remove the environment and every cache
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What runs the shop, and on top of it what checks it: the demo does not wait for the linters.
$(RUNTIME): $(BIN)/python requirements/build.lock requirements/trainer.lock pyproject.toml .ci/environment .ci/openmp.py
	@sh .ci/environment requirements/build.lock requirements/trainer.lock
	@touch $@

$(EVERYTHING): $(RUNTIME) requirements.lock
	@sh .ci/environment requirements.lock
	@touch $@

# A link to the machine's Python: when that one goes, this is gone too, and the environment is made anew.
$(BIN)/python: ;

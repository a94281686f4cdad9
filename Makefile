# Needs Python >= 3.11 and make. The rest is brought into this folder: uv in .tools, the project in .venv,
# PostgreSQL's data in .data. Paths are relative throughout: make can't handle spaces in a path, and needn't here.
#
#   make demo PYTHON=/path/to/python3.13     another Python
#   make test ARGS="tests/domain -k period"  what pytest shall run

.DEFAULT_GOAL := help
.PHONY: help demo test check serve bench set-up format clean

# Without it a Python in an 8-bit locale misreads å, ä and ö in the paths that lead to this folder.
export PYTHONUTF8 := 1
# A virtual environment or an environment folder of the caller's must not be taken for ours.
unexport VIRTUAL_ENV
export UV_PROJECT_ENVIRONMENT := .venv

help: ## Show the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: set-up ## The main job on VGR's real budget, then serve (ONCE=1: print and stop)
	.venv/bin/styrkedjan demo $(if $(ONCE),--once)

test: set-up ## The whole test suite, on the embedded PostgreSQL or DATABASE_URL
	.venv/bin/pytest -n logical --maxprocesses 4 $(ARGS)

check: set-up ## Format, lint, types, import rules, migrations, schemas, rules, links, dependencies: all that CI looks at
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/styrkedjan check-migrations
	.venv/bin/styrkedjan export-schema --check
	.venv/bin/styrkedjan export-rules --check
	.venv/bin/styrkedjan export-settings --check
	.venv/bin/python scripts/check_links.py
	.venv/bin/python scripts/audit_dependencies.py $(if $(AUDIT_REQUIRED),--required)

serve: set-up ## Serve the API on the embedded PostgreSQL or DATABASE_URL
	.venv/bin/styrkedjan serve

bench: set-up ## Measure against hand-written SQL and the peers; rewrites docs/performance.md (under ten minutes)
	.venv/bin/styrkedjan bench $(ARGS)

format: set-up ## Format the code, and mend what the linter can mend
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

set-up: ## Install uv and the project here, if anything changed (every command does it first)
	@sh scripts/set-up.sh "$(PYTHON)"

clean: ## Take away what set-up made; the data in .data stay
	rm -rf .tools .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

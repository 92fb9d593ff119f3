# Lên Sàn. `make` lists the targets; nothing but Python 3.11+ and make is needed.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
HOME_DIR ?= $(CURDIR)/.lensan
export HOME_DIR
# Whose installation: a folder of include/provinces, or a path to one elsewhere. Else LENSAN_PROVINCE says it.
ifdef PROVINCE
export LENSAN_PROVINCE := $(PROVINCE)
endif
# Airflow starts a process for each step: modules are compiled once, not by each of them (half of its start).
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
# Each worker has its own PostgreSQL; tests of a file share what they prepare.
BY_FILE := --dist loadfile --no-loadscope-reorder --durations 12
PARALLEL ?= -n auto --maxprocesses 4 $(BY_FILE)
# The long ones wait for servers half of their time: one worker more than there are cores.
PARALLEL_SYSTEM ?= -n $(shell $(PYTHON) -c "import os; print(min(4, os.cpu_count() + 1))") $(BY_FILE)
RUN := $(BIN)/python -m lensan.cli.home --home "$(HOME_DIR)"

help: ## list the targets
	@sed -nE 's/^##@ (.*)/\n\1/p; s/^([a-z-]+):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

##@ Use it

demo: setup ## an invented province: eight weeks in, four reports and a mail out (3 minutes): [PROVINCE=quang-ninh]
	@$(RUN) demo

report: setup ## one report: WEEK=2021-11-18 (or MONTH=2021-11) LANDING=/path [HOME_DIR=/path] [PLAN=kh2]
	@$(RUN) report $(if $(WEEK),--week "$(WEEK)") $(if $(MONTH),--month "$(MONTH)") $(if $(PLAN),--plan "$(PLAN)") --landing "$(LANDING)"

backfill: setup ## missed weeks without mails: FROM=2021-10-21 TO=2021-12-30 [LANDING=/path] [PLAN=kh2]
	@$(RUN) backfill --from "$(FROM)" --to "$(TO)" $(if $(PLAN),--plan "$(PLAN)") --landing "$(LANDING)"

up: setup ## start the whole system on loopback, print addresses and logins (1 minute)
	@$(RUN) up

down: setup ## stop it
	@$(RUN) down

warehouse: setup ## start the warehouse's server if needed, print its URL as the last line
	@$(RUN) warehouse

stop: setup ## stop the warehouse's server
	@$(RUN) stop

##@ Change it

test: setup-dev ## all tests but the system ones (5 minutes)
	@$(BIN)/python -m pytest $(PARALLEL)

test-system: setup-dev ## the long ones, with real servers
	@$(BIN)/python -m pytest $(PARALLEL_SYSTEM) -m "system and not rehearsal and not soak"

rehearsal: setup-dev ## a whole Thursday live at a set clock, released in a browser (minutes; needs faketime and chromium)
	@$(BIN)/python -m pytest -m rehearsal tests/system/test_rehearsal.py

installations: setup-dev ## the demo of three provinces through real Airflow, every cell the oracle's (ten minutes)
	@$(BIN)/python -m pytest -m system tests/system/test_installations.py

variants: setup-dev ## ten thousand wrong files with known truth; says the shares: [N=10000] [SEED=1]
	@VARIANTS="$(or $(N),10000)" SEED="$(or $(SEED),1)" $(BIN)/python -m pytest -s -m soak tests/system/test_variants_run.py

mutants: setup-dev ## a million spoiled files through all readers; says what became of them: [N=1000000] [SEED=0]
	@MUTANTS="$(or $(N),1000000)" SEED="$(or $(SEED),0)" $(BIN)/python -m pytest -s -m soak tests/system/test_mutants_run.py

years: setup-dev ## simulated years of an office, everything going wrong: [SEED=1 or 1-20] [YEARS=1]
	@$(BIN)/python tests/years/run.py --seeds "$(or $(SEED),1)" --weeks $$((52 * $(or $(YEARS),1)))

harvests: setup-dev ## the forecast in a hundred invented worlds of three years: [SEED=1000-1099]
	@$(BIN)/python tests/support/harvest_judging.py --seeds "$(or $(SEED),1000-1099)"

proofs: setup-dev ## ten thousand single bytes of a report's proof changed, each found: [N=10000] [SEED=17]
	@SINGLE_BYTES="$(or $(N),10000)" SEED="$(or $(SEED),17)" $(BIN)/python -m pytest -s tests/reports/test_proof.py -k every_byte

planted-bugs: setup-dev ## fifty faults planted into copies of the tree, one by one: do the years find them? [ONLY=6,24]
	@$(BIN)/python tests/years/planted.py $(if $(ONLY),--only "$(ONLY)")

soak: setup-dev ## two thousand spoiled files, two hundred kills while a report is built and sent, a thousand histories of sales, ten thousand of units, five hundred ad-hoc reports
	@N=10000 $(BIN)/python -m pytest -s tests/domain/test_seats.py tests/warehouse/test_seats_shown.py
	@KEPT_SEQUENCES=1000 $(BIN)/python -m pytest -s tests/warehouse/test_kept_sales.py tests/reports/test_proof_parts.py
	@$(BIN)/python -m pytest -s -m soak tests/reports/test_adhoc.py tests/units/test_duty_mails.py
	@KILLS=200 $(BIN)/python -m pytest -s -m system tests/system/test_fuzz_run.py tests/system/test_kills.py

bench: setup-dev $(VENV)/.requirements-bench ## speed beside peers and limits: [S=1000000] [ONLY=orders,figures]
	@$(BIN)/python -m benchmarks --lines "$(or $(S),1000000)" $(if $(ONLY),--only "$(ONLY)")

lint: setup-dev ## formatters, linters, types, SQL, server files, secrets
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint -q --processes 0 include/sql
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec -q docker-compose.yml
	@$(BIN)/python tests/house/schema_check.py
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows -q .github/workflows/ci.yml .github/workflows/release.yml
	@$(BIN)/zizmor --offline -q .github
	@$(BIN)/python tests/house/secret_scan.py

format: setup-dev ## put the code into form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix -q .

schemas: setup-dev ## the JSON Schemas of the YAML files, from their models, for editors and make lint
	@$(BIN)/python -m lensan.domain.schemas

words: setup-dev ## put new messages of the command line into the catalog and compile it
	@PYTHONPATH=tests/support $(BIN)/python tests/support/messages.py

docs: setup-dev ## the documentation site in .build/site, all links checked: [REPOSITORY_URL=…]
	@$(BIN)/python -m lensan.cli.home --home .build/home warehouse >/dev/null
	@$(BIN)/lensan dictionary --home .build/home --out .build/dictionary >/dev/null
	@$(BIN)/python -m lensan.cli.home --home .build/home stop >/dev/null
	@LANGUAGE=en NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build 2>.build/site.log || { grep -v ^INFO .build/site.log; exit 1; }
	@echo ".build/site/index.html"

release: setup-dev ## wheel, SBOM, notes and hashes of this version in .build/release
	@rm -rf .build/release
	@$(BIN)/hatchling build -t wheel -d .build/release >/dev/null
	@$(BIN)/uv export --frozen -q --preview-features sbom-export --format cyclonedx1.5 --all-extras > .build/release/sbom.cdx.json
	@awk '/^## /{n++; next} n==1' CHANGELOG.md > .build/release/notes.md
	@cd .build/release && sha256sum *.whl *.json > SHA256SUMS

hooks: setup-dev ## run the linters before every commit in this clone
	@$(BIN)/pre-commit install

EXPORT := $(BIN)/uv export --frozen -q --no-emit-project --no-annotate --no-header

lock: setup-dev ## renew uv.lock from pyproject.toml, and what is exported from it: [UPGRADE=1]
	@$(BIN)/uv lock -q $(if $(UPGRADE),--upgrade)
	@$(MAKE) -s exported

exported: setup-dev ## write the lists with hashes from uv.lock as it is
	@{ echo "# What make installs for a home on one machine, every file by its hash. Exported from uv.lock by make lock: change pyproject.toml."; \
	  $(EXPORT) --extra demo; } > requirements.txt
	@{ echo "# What the image of a server installs (Dockerfile). Exported from uv.lock by make lock: change pyproject.toml."; \
	  $(EXPORT) --extra server; } > requirements-server.txt
	@{ echo "# All of it with what tests and linters need (make setup-dev). Exported from uv.lock by make lock: change pyproject.toml."; \
	  $(EXPORT) --all-extras --group dev; } > requirements-dev.txt
	@{ echo "# Peers of make bench, beside requirements-dev.txt. Exported from uv.lock by make lock: change pyproject.toml."; \
	  $(EXPORT) --only-group bench; } > requirements-bench.txt

##@ Set up

setup: $(VENV)/.requirements ## the virtual environment from the lock (done by every target)

setup-dev: $(VENV)/.requirements-dev ## the same with what tests and linters need

$(VENV)/.requirements: requirements.txt pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python setup_environment.py requirements.txt
	@touch $@

$(VENV)/.requirements-dev: requirements-dev.txt pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python setup_environment.py requirements-dev.txt
	@touch $@ $(VENV)/.requirements

$(VENV)/.requirements-bench: requirements-bench.txt
	@$(BIN)/python setup_environment.py requirements-bench.txt
	@touch $@

$(VENV)/bin/python:
	@echo "making the virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed, this is " + sys.version.split()[0] + "; set PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)

clean: ## remove the virtual environment and caches (HOME_DIR stays)
	@rm -rf $(VENV) .ruff_cache .mypy_cache .pytest_cache

.PHONY: docs release help demo report backfill up down warehouse stop test test-system rehearsal installations variants mutants years harvests proofs planted-bugs soak bench lint format schemas words hooks lock exported setup setup-dev clean

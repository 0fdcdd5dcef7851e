# `make repro` and `make test` are all one needs; `make` alone prints what there is.

# The newest that is there and can make environments. For another: make PYTHON=/path/to/python3.12 ...
PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
  $$python -c 'import ensurepip, venv' 2>/dev/null && command -v $$python && break; done)
MINOR = $(shell $(or $(PYTHON),false) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv
# The environment's programs first, so that DVC's stages find its python.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help env extras check repro status verify compare test lab lint bench clean

help: ## print this
	@echo "Trackway: what there is to make"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

env: $(VENV)/.made ## the environment, in .venv

$(VENV)/.made: requirements.txt pyproject.toml
	@case "$(MINOR)" in 3.11|3.12|3.13|3.14) ;; *) \
	  echo "Trackway needs Python 3.11 to 3.14 with venv, and found $(or $(PYTHON),none)$(if $(MINOR), ($(MINOR))):" \
	    "install one, or say: make PYTHON=/path/to/python3.13 ..."; exit 1;; esac
	@# What another Python has installed there is of no use to this one.
	$(PYTHON) -m venv $$(test -d $(VENV)/lib/python$(MINOR) || echo --clear) $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

extras: $(VENV)/.extras ## what Spark and PostgreSQL need in Python; nothing but tests asks for them

$(VENV)/.extras: $(VENV)/.made requirements-spark.txt requirements-postgres.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --requirement requirements-spark.txt --requirement requirements-postgres.txt
	@touch $@

check: env ## print in seconds what would be read, without a run (RAW=... MAPPING=name)
	@python -m trackway.study.check $(if $(RAW),--raw '$(RAW)') $(if $(MAPPING),--mapping '$(MAPPING)')

repro: env ## run the whole study on the demo or your own data; reports in reports/
	@find data/raw/.linked -xtype l -delete 2>/dev/null || true
	@python -m trackway.pipeline.recover
	dvc repro
	@python -m trackway.study.status
	@python -m trackway.study.index --headlines

status: env ## which steps are stale, and why; also told at the head of each report
	@python -m trackway.study.status

verify: env ## rerun the whole study in a fresh clone elsewhere, and compare every output (THREADS=1 CPU=EPYC)
	@python -m trackway.study.verify $(if $(THREADS),--threads $(THREADS)) $(if $(CPU),--cpu $(CPU))

compare: env ## one page on what moved between A and B: revisions, experiments or `workspace`
	@python -m trackway.study.compare $(or $(A),HEAD) $(or $(B),workspace)

test: extras ## run all tests, the slow ones too
	python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lab: env ## open JupyterLab on the notebooks
	python -m trackway.study.lab

lint: env ## check code and notebooks, and their format
	ruff check .
	ruff format --check .

# make bench ROWS="1000000 10000000" TASKS="rfm baskets" REPEATS=1; RAW=... for a file of one's own
bench: $(VENV)/.bench ## time the study beside pandas, Polars, Spark and SQL by hand
	python -m benchmarks $(if $(ROWS),--rows $(ROWS)) $(if $(RAW),--raw $(RAW)) \
	  $(if $(TASKS),--tasks $(TASKS)) $(if $(CONTENDERS),--contenders $(CONTENDERS)) \
	  $(if $(REPEATS),--repeats $(REPEATS)) $(OPTIONS)

$(VENV)/.bench: $(VENV)/.made requirements-bench.txt requirements-spark.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --requirement requirements-bench.txt --requirement requirements-spark.txt
	@touch $@

clean: ## remove everything that was made: environment, data, reports, caches
	rm -rf $(VENV) .staging .spill runs build src/*.egg-info .pytest_cache .ruff_cache .hypothesis
	rm -rf data/raw/demo data/raw/.linked data/interim data/processed
	rm -rf reports/html reports/notebooks reports/figures reports/failed reports/index.html reports/status.css reports/compare.html
	rm -rf .dvc/cache .dvc/tmp
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Thin on purpose: run.py does the work, so that machines without make can do the same.
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help install run test check bench score pictures mails

help:
	@echo "make install   set up .venv"
	@echo "make run       start the demo"
	@echo "make test      run the tests"
	@echo "make check     check format, lint, types and import contracts"
	@echo "make bench     measure speed and size"
	@echo "make score     measure quality on the data of REBOOK_SHARED (default ../shared)"
	@echo "make pictures  make the README's pictures anew from the demo"
	@echo "make mails     make every kind of mail, and a picture of each, in build/mails"

install run test check bench score pictures mails:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) run.py $@ $(ARGS)

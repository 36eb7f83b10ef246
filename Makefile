.DEFAULT_GOAL := help
.PHONY: help run test check bench screenshots

help: ## Say what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: ## Run the site and its worker on http://127.0.0.1:8000
	@.ci/prepare
	@.venv/bin/python manage.py run

test: ## Run every test, in a browser and on PostgreSQL too where there is one
	@.ci/prepare test
	@.ci/test

check: ## Run the tests, lint, types and all else that CI checks
	@.ci/run

bench: ## Measure everything, beside other engines, and write docs/performance.md
	@.ci/prepare bench
	@.venv/bin/python benchmarks/bench.py

screenshots: ## Take the pictures in docs/screenshots anew
	@.ci/prepare test
	@.venv/bin/python manage.py screenshots

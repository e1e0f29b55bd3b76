# Bare `make` lists every command. Each `##` is the one line it shows.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo
DEMO := demo

.PHONY: help demo test check lint fmt bench bench-server bench-segments bench-decisions bench-proof doc clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## build, make a server with a sample company in it, serve it, and say where to look and how to sign in
	@scripts/system-packages build
	$(CARGO) build --profile demo --locked --package cvm
	@scripts/demo $(DEMO)

test: ## everything CI runs: formatting, lints, all tests (real SDKs, browser, PostgreSQL), the documentation's examples
	@scripts/system-packages test
	@scripts/test-tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- --deny warnings
	$(CARGO) test --workspace --locked

check: ## the quick round while working: lints and tests of what changed
	$(CARGO) clippy --workspace --all-targets
	$(CARGO) test --workspace --lib --bins

fmt: ## format the code
	$(CARGO) fmt --all

bench: ## time the main job against DuckDB, Polars and lifetimes; writes BENCHMARKS.md
	@scripts/system-packages build
	$(CARGO) build --release --locked --workspace --examples --bins
	@benchmarks/run

bench-server: ## load a real server and kill it again and again (with wrk, which apt installs); tables go to target/benchmark-results
	@command -v wrk >/dev/null || { echo "wrk is missing; install it with: sudo apt-get install wrk" >&2; exit 1; }
	$(CARGO) build --release --locked --workspace --bins
	@benchmarks/server.py load --results $${CARGO_TARGET_DIR:-target}/benchmark-results --binary $${CARGO_TARGET_DIR:-target}/release/cvm
	@benchmarks/server.py lookups --results $${CARGO_TARGET_DIR:-target}/benchmark-results --binary $${CARGO_TARGET_DIR:-target}/release/cvm
	@benchmarks/server.py pages --results $${CARGO_TARGET_DIR:-target}/benchmark-results --binary $${CARGO_TARGET_DIR:-target}/release/cvm
	@benchmarks/server.py faults --results $${CARGO_TARGET_DIR:-target}/benchmark-results --binary $${CARGO_TARGET_DIR:-target}/release/cvm
	@benchmarks/server.py faults --postgres --results $${CARGO_TARGET_DIR:-target}/benchmark-results --binary $${CARGO_TARGET_DIR:-target}/release/cvm

bench-segments: ## a hundred segments over a million made-up customers, and how soon an event shows in one of a server
	$(CARGO) build --release --locked --workspace --examples --bins
	@$${CARGO_TARGET_DIR:-target}/release/examples/segments_bench 1000000
	@benchmarks/server.py segments --results $${CARGO_TARGET_DIR:-target}/benchmark-results --binary $${CARGO_TARGET_DIR:-target}/release/cvm

bench-decisions: ## decisions a second and their latency, with 2,500 offers and a million made-up customers (with wrk)
	@command -v wrk >/dev/null || { echo "wrk is missing; install it with: sudo apt-get install wrk" >&2; exit 1; }
	$(CARGO) build --release --locked --workspace --bins
	@benchmarks/server.py decisions --results $${CARGO_TARGET_DIR:-target}/benchmark-results --binary $${CARGO_TARGET_DIR:-target}/release/cvm

bench-proof: ## a thousand campaigns with and without effect: what intervals cover and tests find; and a plan for a million customers
	$(CARGO) test --release --locked --workspace --lib -- --ignored --nocapture a_thousand_campaigns a_million_customers_and_twenty_actions

doc: ## the documentation of the crates, in target/doc
	$(CARGO) doc --workspace --no-deps

clean: ## remove what the build and the demo made
	$(CARGO) clean
	rm -rf $(DEMO)

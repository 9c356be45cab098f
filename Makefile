# make run     installs what is missing, builds, and serves from ./data
# make test    installs what is missing and passes every check and test
# make check   the checks alone: format, lints, documentation
# make bench   what it does per second, next to calibrations of the same run

CARGO ?= cargo

.PHONY: run test check bench install install-for-tests install-for-bench

run: install
	$(CARGO) run --release --bin registre -- serve

test: install-for-tests check
	scripts/run-tests

check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --all-features --document-private-items

bench: install-for-bench
	$(CARGO) build --release --workspace --all-features --bins
	target/release/bench log
	target/release/bench http

install:
	scripts/install

install-for-tests:
	scripts/install tests

install-for-bench:
	scripts/install bench

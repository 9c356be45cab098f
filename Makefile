# make run     installs what is missing, builds, and serves from ./data
# make test    installs what is missing and passes every check and test
# make check   the checks alone: format, lints, documentation
# make bench   what the event log does per second, next to Postgres in the same run

CARGO ?= cargo

.PHONY: run test check bench install install-for-tests

run: install
	$(CARGO) run --release --bin registre -- serve

test: install-for-tests check
	scripts/run-tests

check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --all-features --document-private-items

bench: install
	$(CARGO) run --release -p bench

install:
	scripts/install

install-for-tests:
	scripts/install tests

# Two commands: `make check` tests the simulated humanoid and writes a report; `make test` runs every test.
.PHONY: check test bench build setup lint generate clean

check: setup
	@echo "building in release …"
	@swift build -c release --product conform
	@swift build -c release --product pons-sim
	@$$(swift build -c release --show-bin-path)/conform check sim:humanoid --out out

test:
	@scripts/setup test
	scripts/test

bench: setup
	Benchmarks/run

build: setup
	swift build -c release

setup:
	@scripts/setup

lint:
	scripts/lint

generate: setup
	scripts/generate

clean:
	rm -rf .build out

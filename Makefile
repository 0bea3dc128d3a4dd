# Two commands: `make check` tests the simulated humanoid and writes a report; `make test` runs every test.
.PHONY: check test bench build setup lint generate clean

check: setup
	@echo "building in release …"
	@swift build -c release --product conform
	@swift build -c release --product pons-sim
	@$$(swift build -c release --show-bin-path)/conform check sim:humanoid --out out

test:
	@scripts/setup test
	scripts/lint
	scripts/check-embedded
	swift build -c release --build-tests
	scripts/check-generated
	swift test -c release --skip-build
	scripts/check-integrator
	scripts/official-conformance
	scripts/check-mutations
	scripts/check-ports
	scripts/check-kits
	scripts/fuzz
	$$(swift build -c release --show-bin-path)/conform trace --strict | tail -n 1
	$$(swift build -c release --show-bin-path)/conform selftest --mutants all --virtual-time --seeds 100

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
	scripts/render-spec

clean:
	rm -rf .build out

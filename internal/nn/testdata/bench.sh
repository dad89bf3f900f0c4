#!/usr/bin/env bash
# One epoch of the reference head, scoring and a CNN encoder, ours beside
# PyTorch's, on 1 and 2 threads:
#
#   PYTHON=/path/to/python-with-torch ./bench.sh
#
# Medians of 5. Run it on an idle machine: a barrier waits for the slowest
# thread. bench.py prints what kind of peer it is; under 150 GFLOP/s of sgemm a
# thread (AVX-512; 80 for AVX2) it is crippled and the comparison void.
# DECLOUD_KERNEL=avx2 with ATEN_CPU_CAPABILITY=avx2 MKL_ENABLE_INSTRUCTIONS=AVX2
# compares both without AVX-512.
set -euo pipefail
cd "$(dirname "$0")/.."
unset OPENBLAS_CORETYPE

# one NAME COUNT: the medians of 5 runs of a benchmark, COUNT samples each.
one() {
  "$binary" -test.run '^$' -test.bench "$1\$" -test.benchtime 1x -test.count 5 -test.cpu "$threads" >"$out"
  wall=$(awk '/^Benchmark/ {print $3/1e6}' "$out" | sort -n | sed -n 3p)
  best=$(awk '/^Benchmark/ {print $3/1e6}' "$out" | sort -n | sed -n 1p)
  cpu=$(awk '/^Benchmark/ {for (i=2; i<=NF; i++) if ($i == "processor-ms") print $(i-1)}' "$out" | sort -n | sed -n 3p)
  awk -v what="$2" -v wall="$wall" -v best="$best" -v cpu="$cpu" -v n="$3" \
    'BEGIN {if (wall) printf "%-31s wall %6.1f ms (best %.1f), processor %6.1f ms, %d samples/s\n", what, wall, best, cpu, n*1e3/wall}'
}

binary=$(mktemp) out=$(mktemp)
trap 'rm -f "$binary" "$out"' EXIT
go test -c -o "$binary" .
for threads in 1 2; do
  echo "== $threads thread(s), load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || true)"
  for batch in 32 256; do
    for class in portable avx2 avx512; do
      one "BenchmarkEpoch/$class/batch$batch/threads$threads" "ours $class, batch $batch" 10000
    done
  done
  one BenchmarkScoring "ours scoring 10,000" 10000
  one BenchmarkEncoder "ours 1,000 pictures" 1000
  OPENBLAS_NUM_THREADS=$threads OMP_NUM_THREADS=$threads "${PYTHON:-python3}" testdata/bench.py $threads
done

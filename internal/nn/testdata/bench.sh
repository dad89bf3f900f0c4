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
for threads in 1 2; do
  for batch in 32 256; do
    for class in portable avx2 avx512; do
      go test -run '^$' -bench "BenchmarkEpoch/$class/batch$batch/threads$threads\$" -benchtime 1x -count 5 . |
        awk '/^Benchmark/ {print $3/1e6}' | sort -n |
        awk -v what="ours $class, batch $batch, $threads thread(s)" '{t[NR]=$1} END {if (NR) printf "%-40s %7.1f ms (best %.1f), %d samples/s\n", what, t[int((NR+1)/2)], t[1], 1e7/t[int((NR+1)/2)]}'
    done
  done
  go test -run '^$' -bench 'Scoring|Encoder' -benchtime 5x -cpu "$threads" . | grep ^Benchmark
  OPENBLAS_NUM_THREADS=$threads OMP_NUM_THREADS=$threads "${PYTHON:-python3}" testdata/bench.py $threads
done

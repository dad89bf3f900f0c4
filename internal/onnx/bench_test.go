//go:build unix

package onnx

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// BenchmarkModels times encoders of ordinary sizes, which testdata/bench/peer.py makes
// in the folder that DECLOUD_BENCH_ONNX names (make bench-onnx).
func BenchmarkModels(b *testing.B) {
	folder := os.Getenv("DECLOUD_BENCH_ONNX")
	if folder == "" {
		b.Skip("DECLOUD_BENCH_ONNX names no folder: make bench-onnx")
	}
	for name, sample := range map[string][]int{"resnet18": {3, 224, 224}, "mobilenet_v3_small": {3, 224, 224}, "vit_tiny": {3, 224, 224}, "minilm": {128}} {
		b.Run(name, func(b *testing.B) {
			file, err := os.ReadFile(filepath.Join(folder, name+".onnx"))
			require.NoError(b, err)
			p, err := Load(file, Options{Own: true})
			require.NoError(b, err)
			n, err := p.Specialize(sample, Limits{Bytes: 1 << 30, Work: 1 << 40})
			require.NoError(b, err)
			for _, threads := range []int{1, 2} {
				for _, batch := range []int{1, 32} {
					b.Run(fmt.Sprintf("threads=%d/batch=%d", threads, batch), func(b *testing.B) {
						defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
						benchmarkNet(b, n, sample, batch)
					})
				}
			}
		})
	}
}

// benchmarkNet reports, as beside.py does for the others, the smallest time of all runs, also
// in processor time, which a busy machine disturbs less than the clock.
func benchmarkNet(b *testing.B, n *Net, sample []int, batch int) {
	x := tensor.New(append([]int{batch}, sample...)...)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range x.Data {
		if x.Data[i] = rng.Float32(); len(sample) == 1 {
			x.Data[i] = float32(1 + rng.IntN(30000))
		}
	}
	least, cpu := time.Hour, time.Hour
	for b.Loop() {
		at, used := time.Now(), processorTime()
		_, err := n.Forward(x)
		require.NoError(b, err)
		least, cpu = min(least, time.Since(at)), min(cpu, processorTime()-used)
	}
	b.ReportMetric(least.Seconds()*1e3, "least-ms")
	b.ReportMetric(cpu.Seconds()*1e3, "least-cpu-ms")
}

// processorTime is what the process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

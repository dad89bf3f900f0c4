package fit

import (
	"testing"
	"time"

	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
)

// BenchmarkAdapterSteps trains a LoRA of rank 8 at all queries and values of a byte-level GPT of a million parameters: 8 samples of
// 128 tokens a step. packagefmt/lora/testdata/bench.py does the same with PEFT. least-ms/step is the fastest step.
func BenchmarkAdapterSteps(b *testing.B) {
	m := tinyGPT(b, 256, 128, 144, 4)
	x, y := counting(64, 128, 251)
	for name, c := range map[string]lora.Config{
		"q_and_v": {Rank: 8, Alpha: 16, Targets: []string{"q_proj", "v_proj"}},
		"last":    {Rank: 8, Alpha: 16, Targets: []string{"5.self_attn", "5.linear1", "5.linear2"}},
	} {
		b.Run(name, func(b *testing.B) {
			last, least := time.Now(), time.Hour
			_, _, err := TrainAdapter(b.Context(), m, c, x, y, AdapterOptions{Steps: b.N, BatchSize: 8, OnStep: func(step int, _ float64) {
				now := time.Now()
				if took := now.Sub(last); step > 1 {
					least = min(least, took)
				} else {
					b.ResetTimer()
				}
				last = now
			}})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(least.Microseconds())/1000, "least-ms/step")
		})
	}
}

package validator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// spareMB is what the apps leave beside a worker's budget (examples/internal/app).
const spareMB = 192

// BenchmarkDataJudgeMemory reads and judges the submissions that take most memory of all that fit a round's bounds. peak-MB is what
// the process had resident at most above what it had before, budget-MB what the judge says that it takes at most, under which, and spareMB, the
// collector is told to stay.
func BenchmarkDataJudgeMemory(b *testing.B) {
	const files = 16 << 20
	rows := packagefmt.TaskRows{Min: 1, Max: datasub.MaxRows, Bytes: files}
	once := func(task *packagefmt.Task) {
		task.Rows, task.Training.Epochs, task.Training.BatchSize = rows, 1, 4096
		task.Adapter.Rank = 1
	}
	texts := func(b *testing.B) (*packagefmt.Package, dataset.Dataset) {
		test := sentences(b, 20, 1)
		return textRound(b, test, once), test
	}
	talks := func(b *testing.B) (*packagefmt.Package, dataset.Dataset) {
		test := questions(b, 20, 1, true)
		return talkRound(b, test, once), test
	}
	values := func(n, rank int) func(b *testing.B) (*packagefmt.Package, dataset.Dataset) {
		return func(b *testing.B) (*packagefmt.Package, dataset.Dataset) {
			x := make([]float32, 2*n)
			x[0] = 1
			test, err := dataset.New([]int{n}, 2, x, []int{0, 1})
			require.NoError(b, err)
			layers := []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": float64(n), "out_features": 2.0}}}
			p, _, err := packagefmt.Build(b.Context(), packagefmt.Model{Network: packagefmt.Network{Layers: layers, Weights: randomWeights(b, layers)}}, test, packagefmt.BuildOptions{
				Preprocessing: packagefmt.Preprocessing{Shape: []int{n}, Classes: []string{"0", "1"}},
				Task: &packagefmt.Task{Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: datasub.Values}, Rows: packagefmt.TaskRows{Min: 1, Max: min(datasub.MaxRows, 1<<24/n), Bytes: files},
					Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: rank, Alpha: 1, Targets: []string{"head"}},
					Training: packagefmt.TaskTraining{Epochs: 1, BatchSize: 64, LearningRate: 1e-3, Optimizer: "adam", Schedule: "constant"}, Metric: packagefmt.MetricLoss},
			})
			require.NoError(b, err)
			return p, test
		}
	}
	pictures := func(b *testing.B) (*packagefmt.Package, dataset.Dataset) {
		p, sets := dataRound(b, func(task *packagefmt.Task) { task.Rows = packagefmt.TaskRows{Min: 1, Max: 2000, Bytes: files} })
		return p, sets.Test
	}
	for _, c := range []struct {
		name  string
		round func(b *testing.B) (*packagefmt.Package, dataset.Dataset)
		data  func() fs.FS
	}{
		{"short texts", texts, func() fs.FS {
			return manyLines(datasub.Texts, 100_000, func(i int) string { return fmt.Sprintf(`{"text":"w%d w%d w%d","label":0}`, i%40, i/40%40, i/1600) })
		}},
		{"long texts", texts, func() fs.FS {
			return manyLines(datasub.Texts, 255, func(i int) string {
				return `{"text":"` + strings.Repeat("a", datasub.MaxText-20) + fmt.Sprint(i) + `","label":0}`
			})
		}},
		{"many words", texts, func() fs.FS {
			return manyLines(datasub.Texts, 255, func(i int) string {
				return `{"text":"` + strings.Repeat("a ", datasub.MaxText/2-20) + fmt.Sprint(i) + `","label":0}`
			})
		}},
		{"short conversations", talks, func() fs.FS {
			return manyLines(datasub.Conversations, 100_000, func(i int) string {
				return fmt.Sprintf(`{"conversations":[{"role":"user","content":"q"},{"role":"assistant","content":"%d"}]}`, i)
			})
		}},
		{"many turns", talks, func() fs.FS {
			turn := `{"role":"user","content":"q"},{"role":"assistant","content":"a"},`
			return manyLines(datasub.Conversations, files/(128*len(turn)+80), func(i int) string {
				return fmt.Sprintf(`{"conversations":[%s{"role":"user","content":"q"},{"role":"assistant","content":"%d"}]}`, strings.Repeat(turn, 127), i)
			})
		}},
		{"rows of one value", values(1, 1), func() fs.FS {
			return manyLines(datasub.Values, 100_000, func(i int) string { return fmt.Sprintf(`{"x":[%d],"y":0}`, i) })
		}},
		{"one row", values(1<<22, 1), func() fs.FS {
			return manyLines(datasub.Values, 1, func(int) string { return `{"x":[` + strings.Repeat("0,", 1<<22-1) + `1],"y":0}` })
		}},
		{"one row that is too long", values(1<<22, 1), func() fs.FS {
			return manyLines(datasub.Values, 1, func(int) string { return `{"x":[` + strings.Repeat("0,", files/2-100) + `1],"y":0}` })
		}},
		{"deep nesting", values(1<<22, 1), func() fs.FS {
			return manyLines(datasub.Values, 1, func(int) string { return `{"x":` + strings.Repeat("[", files-1000) + `,"y":0}` })
		}},
		{"a large adapter", values(1<<20, 64), func() fs.FS {
			return manyLines(datasub.Values, 1, func(int) string { return `{"x":[` + strings.Repeat("0,", 1<<20-1) + `1],"y":0}` })
		}},
		{"large pictures", pictures, func() fs.FS { return manyPictures(32, image.NewNRGBA64(image.Rect(0, 0, 2048, 2048))) }},
		{"small pictures", pictures, func() fs.FS { return manyPictures(2000, image.NewGray(image.Rect(0, 0, 28, 28))) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, test := c.round(b)
			data := DataSubmission{CID: "cid", Trainer: "miner", Files: c.data()}
			for b.Loop() {
				judge, err := NewDataJudge(b.Context(), DataConfig{Package: p, Test: test, MaxBytes: 1 << 40, MaxMultiplyAdds: 1e18})
				require.NoError(b, err)
				cost, err := p.Cost()
				require.NoError(b, err)
				size := taskSizeOf(&p.Config)
				training, err := trainingCost(p)
				require.NoError(b, err)
				size.training = training.Bytes
				budget := size.held(1) + size.work(cost.Bytes, cost.WorkBytes)
				peak := peakOf(b, budget, func(ctx context.Context) {
					_, _, err := judge.read(ctx, data)
					require.NoError(b, err)
				})
				b.ReportMetric(peak, "read-peak-MB")
				peak = peakOf(b, budget, func(ctx context.Context) {
					score, err := judge.Score(ctx, data)
					require.NoError(b, err)
					b.Log(score)
				})
				b.ReportMetric(peak, "peak-MB")
				b.ReportMetric(float64(budget)/(1<<20), "budget-MB")
			}
		})
	}
}

// peakOf is how many MB f has resident at most above what there was before, where the collector is told to stay within a budget.
func peakOf(b *testing.B, budget int64, f func(ctx context.Context)) float64 {
	b.Helper()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(m.HeapAlloc) + budget + spareMB<<20))
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Skip("the peak of what is resident cannot be set back here:", err)
	}
	before := statusMB(b, "VmHWM:")
	f(b.Context())
	return statusMB(b, "VmHWM:") - before
}

// statusMB is a figure of /proc/self/status.
func statusMB(b *testing.B, name string) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(b, err)
	_, rest, _ := bytes.Cut(status, []byte(name))
	var kilobytes float64
	_, err = fmt.Sscan(string(rest), &kilobytes)
	require.NoError(b, err)
	return kilobytes / 1024
}

// manyLines is a submission of n rows.
func manyLines(kind datasub.Kind, n int, line func(i int) string) fs.FS {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
		b.WriteByte('\n')
	}
	return asSubmitted(kind, n, map[string][]byte{datasub.LinesFile: []byte(b.String())})
}

// manyPictures is a submission of n pictures that are the same but for their last pixel.
func manyPictures(n int, of interface {
	image.Image
	SetRGBA64(x, y int, c color.RGBA64)
}) fs.FS {
	all := map[string][]byte{}
	for i := range n {
		var b bytes.Buffer
		of.SetRGBA64(0, 0, color.RGBA64{R: uint16(i << 5), A: 0xffff})
		_ = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, of)
		all[fmt.Sprintf("train/%d/%d.png", i%10, i)] = b.Bytes()
	}
	return asSubmitted(datasub.Pictures, n, all)
}

func asSubmitted(kind datasub.Kind, n int, files map[string][]byte) fs.FS {
	all, sums := fstest.MapFS{}, []string{}
	for name, b := range files {
		all[name] = &fstest.MapFile{Data: b}
		sums = append(sums, fmt.Sprintf(`"%s": "%x"`, name, sha256.Sum256(b)))
	}
	all[datasub.ManifestFile] = &fstest.MapFile{Data: fmt.Appendf(nil, `{"version": 1, "schema": "%s", "rows": %d, "license": "", "source": "", "files": {%s}}`, kind, n, strings.Join(sums, ", "))}
	return all
}

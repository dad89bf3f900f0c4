//go:build !race

// The race detector needs memory of its own.

package packagefmt_test

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/memory"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

const (
	memoryStage = "DECLOUD_TEST_MEMORY_STAGE"
	memoryFile  = "DECLOUD_TEST_MEMORY_FILE"
	memoryMB    = "DECLOUD_TEST_MEMORY_MB" // the model's size; default 64
)

// memoryStages are what is done with a large model, each in a process of its own.
var memoryStages = []struct {
	name string
	run  func(t *testing.T, file string)
}{
	{"open", func(t *testing.T, file string) {
		m, err := packagefmt.OpenONNX(file, packagefmt.ONNXOptions{})
		require.NoError(t, err)
		runtime.KeepAlive(m)
	}},
	{"build and write", func(t *testing.T, file string) { buildLarge(t, file, file+".package") }},
	{"read and embed", func(t *testing.T, file string) { readLarge(t, file+".package") }},
	{"read and embed layers", func(t *testing.T, file string) { readLarge(t, file+".layers") }},
}

func readLarge(t *testing.T, dir string) {
	p, err := packagefmt.Read(os.DirFS(dir))
	require.NoError(t, err)
	_, _, err = p.Embed(context.Background(), largeSamples(t))
	require.NoError(t, err)
	runtime.KeepAlive(p)
}

// TestONNXMemory opens a model, makes a package of it, and reads that, each in a process
// of its own: the peak is at most 1.5 times the model above what it was before.
func TestONNXMemory(t *testing.T) {
	if file := os.Getenv(memoryFile); file != "" {
		measureStage(t, file, os.Getenv(memoryStage))
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process is read on Linux only")
	}
	mb := 64
	if s := os.Getenv(memoryMB); s != "" {
		var err error
		mb, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	file := filepath.Join(t.TempDir(), "model.onnx")
	require.NoError(t, os.WriteFile(file, deepModel(mb/4, 1024), 0o600))
	writeLayers(t, file+".layers", mb/4)
	for _, stage := range memoryStages {
		cmd := exec.Command(os.Args[0], "-test.run=^TestONNXMemory$", "-test.v")
		cmd.Env = append(os.Environ(), memoryFile+"="+file, memoryStage+"="+stage.name)
		out, err := cmd.CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "times the model") {
				t.Log(strings.TrimSpace(line))
			}
		}
		require.NoError(t, err, "%s: %s", stage.name, out)
	}
}

func measureStage(t *testing.T, file, name string) {
	info, err := os.Stat(file)
	require.NoError(t, err)
	before, err := memory.Peak(os.Getpid())
	require.NoError(t, err)
	for _, stage := range memoryStages {
		if stage.name == name {
			stage.run(t, file)
		}
	}
	after, err := memory.Peak(os.Getpid())
	require.NoError(t, err)
	t.Logf("%s: %.2f times the model", name, float64(after-before)/float64(info.Size()))
	require.LessOrEqual(t, float64(after-before), 1.5*float64(info.Size())+4<<20)
}

// largeSamples are samples of 1,024 features.
func largeSamples(t *testing.T) dataset.Dataset {
	const n, width = 64, 1024
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, n*width), make([]int, n)
	for i := range x {
		x[i] = rng.Float32() - 0.5
	}
	for i := range y {
		y[i] = i % 4
	}
	set, err := dataset.New([]int{width}, 4, x, y)
	require.NoError(t, err)
	return set
}

func buildLarge(t *testing.T, file, dir string) {
	m, err := packagefmt.OpenONNX(file, packagefmt.ONNXOptions{})
	require.NoError(t, err)
	p, _, err := packagefmt.Build(context.Background(), m, largeSamples(t), packagefmt.BuildOptions{Dataset: dataset.Mnist})
	require.NoError(t, err)
	require.NoError(t, p.Write(dir))
}

// writeLayers writes a package whose encoder has so many layers of 1,024 × 1,024 weights.
func writeLayers(t *testing.T, dir string, layers int) {
	const width = 1024
	linear := func(n *packagefmt.Network, outs int) {
		i := len(n.Layers)
		n.Layers = append(n.Layers, packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(width), "out_features": float64(outs), "bias": false}})
		n.Weights["layers."+strconv.Itoa(i)+".weight"] = safetensors.Tensor{Shape: []int{outs, width}, Data: make([]float32, outs*width)}
	}
	enc := packagefmt.Network{Weights: map[string]safetensors.Tensor{}}
	for range layers {
		linear(&enc, width)
	}
	p := &packagefmt.Package{
		Config:  packagefmt.Config{Version: packagefmt.Version2, Preprocessing: &packagefmt.Preprocessing{Shape: []int{width}, Classes: []string{"a", "b", "c", "d"}}},
		Head:    packagefmt.Network{Weights: map[string]safetensors.Tensor{}},
		Encoder: &enc, Embeddings: safetensors.Tensor{Shape: []int{1, width}, Data: make([]float32, width)},
	}
	linear(&p.Head, 4)
	p.Config.Metadata.Dataset = dataset.Mnist.String()
	require.NoError(t, p.Write(dir))
}

// deepModel has so many products with square matrices of that width, and one with 4
// outputs.
func deepModel(layers, width int) []byte {
	w := int64(width)
	g := &wire.Graph{Name: "deep", Inputs: []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: []int64{-1, w}}}}
	rng := rand.New(rand.NewPCG(3, 4))
	at := "x"
	add := func(op string, outs int64, weights ...string) {
		next := "y" + strconv.Itoa(len(g.Nodes))
		for _, name := range weights {
			raw := make([]byte, 0, 4*w*outs)
			for range w * outs {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(rng.NormFloat64()*math.Sqrt(2/float64(w)))))
			}
			g.Initializers = append(g.Initializers, &wire.Tensor{Name: name, Type: wire.Float, Dims: []int64{w, outs}, Raw: raw})
		}
		g.Nodes = append(g.Nodes, &wire.Node{OpType: op, Inputs: append([]string{at}, weights...), Outputs: []string{next}})
		at = next
	}
	for i := range layers {
		add("MatMul", w, "w"+strconv.Itoa(i))
		add("Relu", w)
	}
	add("MatMul", 4, "last")
	g.Outputs = []*wire.ValueInfo{{Name: at, Type: wire.Float, HasShape: true, Dims: []int64{-1, 4}}}
	return wire.Encode(&wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 17}, Graph: g})
}

package nn

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// The files in testdata are written by testdata/gen.py with PyTorch.

type fixture struct {
	Name   string
	Layers []struct {
		Type   string
		Params map[string]any
		Inputs []int // of graphs.json only
		Tied   map[string]string
	}
	Weights map[string]plain
	X, R    plain
	Y       ref
	Train   map[string]ref
	// of trainings only
	Labels       []int
	Batch        int
	Epochs       int
	Rate         float64
	ClassWeights []float32 `json:"class_weights"`
	Clip, Prox   float64
	Want         map[string]ref
}

type plain struct {
	Shape []int
	F32   []byte // base64 of little-endian float32
}

func (p plain) tensor() tensor.Tensor {
	t := tensor.Tensor{Shape: p.Shape, Data: make([]float32, len(p.F32)/4)}
	for i := range t.Data {
		t.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(p.F32[4*i:]))
	}
	if t.Shape == nil {
		t.Shape = []int{}
	}
	return t
}

// ref is PyTorch's float64 result, and how far its float32 strayed from it.
type ref struct {
	Shape        []int
	F64          []byte
	Strayed, Top float64
}

// tolerance is what our float32 may differ from PyTorch's float64: four times
// what PyTorch's own float32 does, and a millionth of the largest value.
func (r ref) tolerance() float64 { return 4*r.Strayed + 1e-6*r.Top }

func (r ref) check(t *testing.T, what string, got []float32) {
	t.Helper()
	r.within(t, what, got, r.tolerance())
}

func (r ref) within(t *testing.T, what string, got []float32, tolerance float64) {
	t.Helper()
	require.Len(t, got, len(r.F64)/8, what)
	worst, at := 0.0, 0
	for i, v := range got {
		d := math.Abs(float64(v) - r.at(i))
		if !(d <= worst) {
			worst, at = d, i
		}
	}
	if !(worst <= tolerance) {
		t.Errorf("%s: element %d is %v, PyTorch has %v: off by %.2e, allowed %.2e", what, at, got[at], r.at(at), worst, tolerance)
	}
}

func (r ref) at(i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.F64[8*i:]))
}

func (f fixture) specs() []Spec {
	var specs []Spec
	for _, l := range f.Layers {
		specs = append(specs, Spec{Type: l.Type, Params: l.Params})
	}
	return specs
}

// nodes are the fixture's graph, or its list as one.
func (f fixture) nodes() []Node {
	nodes := List(f.specs())
	for i, l := range f.Layers {
		if l.Inputs != nil {
			nodes[i].Inputs, nodes[i].Tied = l.Inputs, l.Tied
		}
	}
	return nodes
}

func (f fixture) weights() map[string]tensor.Tensor {
	w := map[string]tensor.Tensor{}
	for name, p := range f.Weights {
		w[name] = p.tensor()
	}
	return w
}

func readFixtures(t testing.TB, file string) []fixture {
	t.Helper()
	return readCases[fixture](t, file)
}

func readCases[F any](t testing.TB, file string) []F {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file + ".json")
	require.NoError(t, err)
	var doc struct{ Cases []F }
	require.NoError(t, json.Unmarshal(data, &doc))
	require.NotEmpty(t, doc.Cases)
	return doc.Cases
}

var layerFiles = []string{"dense", "activations", "convolutions", "pools", "sequences", "vocabulary"}

// eachClass runs f with every class of kernels that this processor has, as it
// is and with every linear layer row-sharded that can be.
func eachClass(t *testing.T, f func(t *testing.T)) {
	for c := kernel.Portable; c <= kernel.Best(); c++ {
		t.Run(c.String(), func(t *testing.T) {
			before, err := kernel.Use(c)
			require.NoError(t, err)
			defer func() { _, _ = kernel.Use(before) }()
			t.Run("by_samples", f)
			t.Run("by_rows", func(t *testing.T) {
				rows, weights := layers.BlockRows, layers.MinShardedWeights
				defer func() { layers.BlockRows, layers.MinShardedWeights = rows, weights }()
				layers.BlockRows, layers.MinShardedWeights = 7, 1
				f(t)
			})
		})
	}
}

// TestLayersMatchPyTorch runs every layer forward in eval and in training, and
// backward, on 1 and 3 threads.
func TestLayersMatchPyTorch(t *testing.T) {
	for _, file := range layerFiles {
		for _, f := range readFixtures(t, file) {
			t.Run(strings.ReplaceAll(f.Name, " ", "_"), func(t *testing.T) {
				eachClass(t, f.compare)
			})
		}
	}
}

// TestGraphsMatchPyTorch: heads with residual, attention and concatenation blocks
// in eval and in training, their gradients, and the weights after some steps of
// an optimizer.
func TestGraphsMatchPyTorch(t *testing.T) {
	for _, f := range slices.Concat(readFixtures(t, "graphs"), readFixtures(t, "functions"), readFixtures(t, "language")) {
		t.Run(strings.ReplaceAll(f.Name, " ", "_"), func(t *testing.T) {
			eachClass(t, func(t *testing.T) {
				if f.Labels == nil {
					f.compare(t)
					return
				}
				one := f.fit(t, 1)
				require.Equal(t, one, f.fit(t, 2), "the number of threads shows")
				require.Equal(t, one, f.fit(t, 5), "the number of threads shows")
			})
		})
	}
}

// TestForwardFromSeveralGoroutines: those that share a network do not show in what it computes.
func TestForwardFromSeveralGoroutines(t *testing.T) {
	for _, file := range append(layerFiles, "graphs", "functions", "language") {
		for _, f := range readFixtures(t, file) {
			n, err := NewGraph(f.nodes(), f.weights())
			require.NoError(t, err)
			x := f.X.tensor()
			alone, err := n.Forward(x)
			require.NoError(t, err)
			var (
				wg     sync.WaitGroup
				shared [3]tensor.Tensor
			)
			for i := range shared {
				wg.Go(func() { shared[i], _ = n.Forward(x) })
			}
			wg.Wait()
			for _, y := range shared {
				require.Equal(t, alone, y, f.Name)
			}
		}
	}
}

func (f fixture) compare(t *testing.T) {
	n, err := NewGraph(f.nodes(), f.weights())
	require.NoError(t, err)
	y, err := n.Forward(f.X.tensor())
	require.NoError(t, err)
	require.Equal(t, f.Y.Shape, y.Shape)
	f.Y.check(t, "eval", y.Data)
	if f.Train != nil {
		one := f.train(t, 1)
		require.Equal(t, one, f.train(t, 3), "the number of threads shows")
	}
}

// train compares one training step without an optimizer, and returns everything
// it computed.
func (f fixture) train(t *testing.T, threads int) map[string][]float32 {
	n, err := NewGraph(f.nodes(), f.weights())
	require.NoError(t, err)
	x := f.X.tensor()
	shapes, err := n.shapes(x.Shape[1:])
	require.NoError(t, err)
	rows := x.Shape[0]
	_, inputGrad := f.Train["dx"]
	r := n.newRun(shapes, rows+2, true, inputGrad)
	for _, p := range n.learnable() {
		p.NeedGrad()
		for i := range p.G {
			p.G[i] = float32(math.NaN()) // gradients are overwritten, not added to
		}
	}
	for _, p := range n.tied {
		p.NeedGrad()
	}
	team := kernel.NewTeam(threads)
	defer team.Close()
	y, err := r.forward(team, x.Data, rows)
	require.NoError(t, err)
	got := map[string][]float32{"y": append([]float32{}, y...)}
	r.backward(team, f.R.tensor().Data)
	if inputGrad {
		got["dx"] = r.values[0].dx
	}
	eachNamed(n, func(name string, p *layers.Param) {
		if p.Buffer {
			got[name] = p.W
		} else {
			got[name] = p.TensorOf(p.G).Data
		}
	})
	for name, want := range f.Train {
		want.check(t, "training "+name, got[name])
	}
	return got
}

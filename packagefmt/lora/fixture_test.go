package lora

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// peftCase is a model whose adapters PEFT has trained: testdata/fixtures.py.
type peftCase struct {
	Name    string
	Layers  []packagefmt.Layer
	Tied    map[string]string
	Weights map[string]plain
	X       plain
	Labels  []int
	Want    map[string]struct {
		Shape        []int
		F64          []byte
		Strayed, Top float64
	}
}

type plain struct {
	Shape []int
	F32   []byte
}

func (p plain) tensor() safetensors.Tensor {
	t := safetensors.Tensor{Shape: append([]int{}, p.Shape...), Data: make([]float32, len(p.F32)/4)}
	for i := range t.Data {
		t.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(p.F32[4*i:]))
	}
	return t
}

func readCase(t testing.TB, name string) peftCase {
	t.Helper()
	b, err := os.ReadFile("../../internal/nn/testdata/lora.json")
	require.NoError(t, err)
	var doc struct{ Cases []peftCase }
	require.NoError(t, json.Unmarshal(b, &doc))
	for _, c := range doc.Cases {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no case %q", name)
	return peftCase{}
}

// model is the case's, as a graph: positions stand in graphs only.
func (c peftCase) model() packagefmt.Model {
	n := packagefmt.Network{Layers: c.Layers, Tied: c.Tied, Weights: map[string]safetensors.Tensor{}}
	for i := range c.Layers {
		n.Inputs = append(n.Inputs, []int{i})
	}
	for name, p := range c.Weights {
		n.Weights[name] = p.tensor()
	}
	return packagefmt.Model{Network: n}
}

// close compares with what PEFT has in float64.
func (c peftCase) close(t testing.TB, name string, got []float32) {
	t.Helper()
	want, ok := c.Want[name]
	require.True(t, ok, name)
	require.Len(t, got, len(want.F64)/8, name)
	for i, v := range got {
		w := math.Float64frombits(binary.LittleEndian.Uint64(want.F64[8*i:]))
		require.InDelta(t, w, float64(v), 4*want.Strayed+1e-6*want.Top, "%s, element %d", name, i)
	}
}

// forward runs a network.
func forward(t testing.TB, n packagefmt.Network, x safetensors.Tensor) []float32 {
	t.Helper()
	net, err := nn.NewGraph(nn.Nodes(n.Layers, n.Inputs, n.Tied), n.Weights)
	require.NoError(t, err)
	y, err := net.Forward(x)
	require.NoError(t, err)
	return y.Data
}

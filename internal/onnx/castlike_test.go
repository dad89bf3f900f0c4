package onnx

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// A constant that is cast to the type of data is a constant.
func TestCastLike(t *testing.T) {
	p, err := Load(wire.Encode(&wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 17}, Graph: &wire.Graph{
		Nodes:        []*wire.Node{step("CastLike", "like", "two", "x"), step("CastLike", "own", "x", "two"), step("Mul", "y", "own", "like")},
		Initializers: []*wire.Tensor{floatWeight("two", nil, 2)},
		Inputs:       []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: []int64{-1, 4}}},
		Outputs:      []*wire.ValueInfo{{Name: "y", Type: wire.Float}},
	}}), Options{})
	require.NoError(t, err)
	n, err := p.Specialize([]int{4}, generous)
	require.NoError(t, err)
	var kinds []string
	for _, nd := range n.p.nodes {
		kinds = append(kinds, nd.OpType)
	}
	require.Equal(t, []string{"Cast", "Mul"}, kinds)
	require.True(t, n.Const(n.p.nodes[1].in[1]) != nil)
}

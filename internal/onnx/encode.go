package onnx

import (
	"bytes"
	"io"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Producer is named in the files that Encode writes.
const Producer = "decloud"

// Encode writes the network as one ONNX file with its weights: folded, without parts
// that the output does not need, in the version of the operators that the model had.
// The same network gives the same bytes.
func (n *Net) Encode() []byte {
	var b bytes.Buffer
	_ = n.Write(&b) // which never fails
	return b.Bytes()
}

// Write is [Net.Encode] to a writer, weight by weight.
func (n *Net) Write(w io.Writer) error {
	p := n.p
	g := &wire.Graph{Name: "encoder"}
	used := make([]bool, len(p.names))
	domains := map[string]int64{"": p.opset}
	if p.opset == 0 {
		domains[""] = 17
	}
	for _, nd := range p.nodes {
		own := *nd.Node
		own.Inputs, own.Outputs = p.named(nd.in), p.named(nd.out)
		g.Nodes = append(g.Nodes, &own)
		if own.Domain == ops.ML {
			domains[ops.ML] = p.ml
		}
		for _, v := range nd.in {
			if v >= 0 {
				used[v] = true
			}
		}
	}
	for v, c := range p.consts {
		if c != nil && (used[v] || v == p.output) {
			g.Initializers = append(g.Initializers, ops.LaterTensor(p.names[v], c))
		}
	}
	batch := -1
	if n.single {
		batch = 1
	}
	g.Inputs = []*wire.ValueInfo{info(p.input.Name, p.input.Type, batch, n.sample)}
	g.Outputs = []*wire.ValueInfo{info(p.Output(), wire.Float, batch, n.out)}
	return wire.Write(w, &wire.Model{IRVersion: irOf(domains[""]), Producer: Producer, Opsets: domains, Graph: g})
}

func (p *Program) named(values []int) []string {
	names := make([]string, len(values))
	for i, v := range values {
		if v >= 0 {
			names[i] = p.names[v]
		}
	}
	return names
}

func info(name string, t wire.DataType, batch int, shape []int) *wire.ValueInfo {
	v := &wire.ValueInfo{Name: name, Type: t, HasShape: true, Dims: []int64{int64(batch)}}
	for _, d := range shape {
		v.Dims = append(v.Dims, int64(d))
	}
	return v
}

// irOf is the oldest version of the representation for a version of the operators.
func irOf(opset int64) int64 {
	switch {
	case opset <= 8:
		return 4 // 3 wants the weights among the inputs
	case opset <= 11:
		return opset - 5
	case opset <= 14:
		return 7
	case opset <= 18:
		return 8
	case opset <= 20:
		return 9
	case opset <= 22:
		return 10
	}
	return 11
}

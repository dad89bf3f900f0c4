package onnx

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

const (
	// maxInlined bounds the nodes of a graph once its functions are inlined.
	maxInlined = 1 << 16
	// maxDepth bounds functions that call functions.
	maxDepth = 16
)

// inlined are the nodes of the graph, calls of the model's own functions replaced by
// the nodes of their bodies.
func (l *loader) inlined() ([]*wire.Node, error) {
	in := inliner{model: l.model, nodes: l.derived}
	for _, n := range l.model.Graph.Nodes {
		if err := in.add(n, 0); err != nil {
			return nil, err
		}
	}
	return in.nodes, nil
}

type inliner struct {
	model *wire.Model
	nodes []*wire.Node
	calls int
}

func (in *inliner) add(n *wire.Node, depth int) error {
	i := slices.IndexFunc(in.model.Functions, func(f *wire.Function) bool {
		return f.Domain == n.Domain && f.Name == n.OpType && f.Overload == n.Overload
	})
	if i < 0 {
		if len(in.nodes) >= maxInlined {
			return fmt.Errorf("%w: more than %d nodes", ErrLimit, maxInlined)
		}
		in.nodes = append(in.nodes, n)
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("%w: functions call functions more than %d deep", ErrLimit, maxDepth)
	}
	f := in.model.Functions[i]
	if len(n.Inputs) > len(f.Inputs) || len(n.Outputs) > len(f.Outputs) {
		return fmt.Errorf("%w: function %.60q takes %d inputs and gives %d outputs", ErrMalformed, f.Name, len(f.Inputs), len(f.Outputs))
	}
	if v, ok := f.Opsets[""]; ok && v != in.model.Opsets[""] {
		return fmt.Errorf("%w: function %.60q is of version %d of the operators, the model of %d", ErrUnsupported, f.Name, v, in.model.Opsets[""])
	}
	in.calls++
	names := map[string]string{}
	for k, name := range f.Inputs {
		names[name] = ""
		if k < len(n.Inputs) {
			names[name] = n.Inputs[k]
		}
	}
	for k, name := range n.Outputs {
		names[f.Outputs[k]] = name
	}
	prefix := fmt.Sprintf("%s/%d/", f.Name, in.calls)
	for _, body := range f.Nodes {
		if err := in.add(rename(body, n, f, names, prefix), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// rename is a node of a function's body as a node of the graph that calls it.
func rename(body, call *wire.Node, f *wire.Function, names map[string]string, prefix string) *wire.Node {
	name := func(s string) string {
		if s == "" {
			return ""
		}
		if to, ok := names[s]; ok {
			return to
		}
		return prefix + s
	}
	n := &wire.Node{Name: prefix + body.Name, OpType: body.OpType, Domain: body.Domain, Overload: body.Overload}
	for _, s := range body.Inputs {
		n.Inputs = append(n.Inputs, name(s))
	}
	for _, s := range body.Outputs {
		n.Outputs = append(n.Outputs, name(s))
	}
	for _, a := range body.Attributes {
		if a = bound(a, call, f); a != nil {
			n.Attributes = append(n.Attributes, a)
		}
	}
	return n
}

// bound is an attribute of a body with the caller's value, or the default; nil if
// there is neither.
func bound(a *wire.Attribute, call *wire.Node, f *wire.Function) *wire.Attribute {
	if a.Ref == "" {
		return a
	}
	for _, list := range [][]*wire.Attribute{call.Attributes, f.Defaults} {
		for _, v := range list {
			if v.Name == a.Ref {
				own := *v
				own.Name = a.Name
				return &own
			}
		}
	}
	return nil
}

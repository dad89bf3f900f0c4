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
	// maxCopied bounds what calls of functions copy, in bytes: a body is in the file once, and
	// with it its names, attributes and calls, however often it is called.
	maxCopied = 64 << 20
)

// inlined are the nodes of the graph, calls of the model's own functions replaced by
// the nodes of their bodies.
func (l *loader) inlined() ([]*wire.Node, error) {
	in := inliner{model: l.model, nodes: l.derived, functions: map[callee]*wire.Function{}}
	for _, f := range slices.Backward(l.model.Functions) { // of two, the first
		in.functions[callee{f.Domain, f.Name, f.Overload}] = f
	}
	for _, n := range l.model.Graph.Nodes {
		if err := in.add(n, 0); err != nil {
			return nil, err
		}
	}
	return in.nodes, nil
}

type inliner struct {
	model     *wire.Model
	functions map[callee]*wire.Function
	nodes     []*wire.Node
	calls     int
	copied    int // bytes, about
}

// callee names a function, as a node calls it.
type callee struct{ domain, name, overload string }

func (in *inliner) add(n *wire.Node, depth int) error {
	f := in.functions[callee{n.Domain, n.OpType, n.Overload}]
	if f == nil {
		if len(in.nodes) >= maxInlined {
			return fmt.Errorf("%w: more than %d nodes", ErrLimit, maxInlined)
		}
		in.nodes = append(in.nodes, n)
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("%w: functions call functions more than %d deep", ErrLimit, maxDepth)
	}
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
	given := map[string]*wire.Attribute{}
	for _, list := range [][]*wire.Attribute{f.Defaults, n.Attributes} {
		for _, a := range slices.Backward(list) {
			given[a.Name] = a
		}
	}
	prefix := fmt.Sprintf("%.60s/%d/", f.Name, in.calls)
	if err := in.count(100 * (1 + len(names) + len(given))); err != nil {
		return err
	}
	for _, body := range f.Nodes {
		if err := in.count(copySize(body, len(prefix))); err != nil {
			return err
		}
		if err := in.add(rename(body, given, names, prefix), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// count counts what is copied, before it is.
func (in *inliner) count(bytes int) error {
	if in.copied += bytes; in.copied > maxCopied {
		return fmt.Errorf("%w: calls of functions copy more than %d bytes: their names are too long, or they are called too often", ErrLimit, maxCopied)
	}
	return nil
}

// copySize is what a copy of a node takes, about.
func copySize(n *wire.Node, prefix int) int {
	size := 250 + prefix + len(n.Name) + 150*len(n.Attributes)
	for _, list := range [][]string{n.Inputs, n.Outputs} {
		for _, s := range list {
			size += 16 + prefix + len(s)
		}
	}
	return size
}

// rename is a node of a function's body as a node of the graph that calls it; given are the
// attributes that the body's may refer to.
func rename(body *wire.Node, given map[string]*wire.Attribute, names map[string]string, prefix string) *wire.Node {
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
		switch v := given[a.Ref]; {
		case a.Ref == "":
			n.Attributes = append(n.Attributes, a)
		case v != nil: // the caller's, or the default; where there is neither, none
			own := *v
			own.Name = a.Name
			n.Attributes = append(n.Attributes, &own)
		}
	}
	return n
}

package layers

import "fmt"

// Plan is a layer whose arguments have been read, before it has parameters: the
// operators that it is made of. Most layers are one; MultiheadAttention,
// TransformerEncoderLayer and the recurrent layers are small graphs of several,
// which become nodes of the network's one graph.
type Plan struct {
	Params []ParamSpec
	Parts  []Part // in order; the last one's output is the layer's
	// MinInputs and MaxInputs bound the number of values that the layer takes.
	MinInputs, MaxInputs int
	// Accepts, if not nil, checks the shapes of the inputs for all parts together,
	// with errors about the layer as the caller wrote it.
	Accepts func(inputs ...[]int) error
}

// Part is one operator of a layer.
type Part struct {
	Params int // how many of the Plan's it takes, in order
	Build  func(p []*Param) Layer
	// From are the values that the part takes: 0 is the layer's input, i+1 the
	// output of part i, and LastInput the last input of a layer that may have several.
	// Of a layer of one part it is nil: it takes the layer's inputs, all of them.
	From []int
}

// LastInput stands for the last of a layer's inputs in [Part.From].
const LastInput = -1

// InputCount says in words how many inputs the layer takes.
func (p Plan) InputCount() string {
	switch {
	case p.MinInputs != p.MaxInputs:
		return fmt.Sprintf("%d to %d inputs", p.MinInputs, p.MaxInputs)
	case p.MinInputs == 1:
		return "1 input"
	}
	return fmt.Sprintf("%d inputs", p.MinInputs)
}

// single is the plan of a layer that is one operator with one input.
func single(params []ParamSpec, build func(p []*Param) Layer) Plan {
	return Plan{Params: params, Parts: []Part{{Params: len(params), Build: build}}, MinInputs: 1, MaxInputs: 1}
}

// assembly builds the plan of a layer of several parts. Value 0 is the layer's
// input; every method adds a part and returns its value.
type assembly struct {
	plan Plan
	args *args // where faults go
	// causal says that in attention of a sequence to itself no token sees those after it.
	causal bool
}

// assemble begins a layer that takes samples of dims dimensions, the last of
// the given width.
func assemble(a *args, dims, width int) *assembly {
	return &assembly{args: a, plan: Plan{MinInputs: 1, MaxInputs: 1, Accepts: func(inputs ...[]int) error {
		return checkWidth(inputs[0], dims, width)
	}}}
}

// layer adds the one operator of p, its parameters renamed.
func (b *assembly) layer(p Plan, rename func(string) string, from ...int) int {
	for _, ps := range p.Params {
		ps.Name = rename(ps.Name)
		b.plan.Params = append(b.plan.Params, ps)
	}
	part := p.Parts[0]
	part.From = from
	b.plan.Parts = append(b.plan.Parts, part)
	return len(b.plan.Parts)
}

// spec adds a layer of torch.nn, its names prefixed. A fault in it goes to the
// args of the whole.
func (b *assembly) spec(typ string, params map[string]any, prefix string, from int) int {
	p, err := Read(Spec{typ, params})
	if err != nil {
		b.args.failf("%w", err)
		p = single(nil, nil) // never built
	}
	return b.layer(p, func(name string) string { return prefix + name }, from)
}

// join adds an operator without parameters that takes several values.
func (b *assembly) join(l Layer, from ...int) int {
	b.plan.Parts = append(b.plan.Parts, Part{Build: func([]*Param) Layer { return l }, From: from})
	return len(b.plan.Parts)
}

// checkWidth fails unless a sample has dims dimensions and its last one the given
// width.
func checkWidth(in []int, dims, width int) error {
	if len(in) != dims || in[len(in)-1] != width {
		return fmt.Errorf("want %d dimensions without the batch, the last of %d", dims, width)
	}
	return nil
}

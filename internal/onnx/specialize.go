package onnx

import (
	"fmt"
	"slices"
	"sync"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Limits bound what one sample may cost.
type Limits struct {
	Bytes int     // of the values that are alive at once
	Work  float64 // multiply-adds
}

// realBytes bounds what trial runs may compute of values that depend on shapes only.
const realBytes = 64 << 20

// Net is a program for samples of one shape.
type Net struct {
	p      *Program
	sample []int
	out    []int // the shape of an output, without the batch
	cost   Limits
	limit  int    // the bytes that a sample may take
	single bool   // samples are run one by one
	turned string // see Turned
	// shapes are those of all values for a batch of 2 (1, if single); nil for
	// constants. batched says of which values the first dimension is the batch.
	shapes  [][]int
	batched []bool
	types   []wire.DataType
	dims    [][]Dim      // by value; see Dims
	each    []*ops.Value // by value; see PerSample
	trials  []trial
	fast    func() running     // the program as it is run, made at the first use
	twins   func() map[int]int // weights that are one
	arenas  sync.Pool          // memory for runs
}

// trial is what a run without data has told.
type trial struct {
	batch  int
	values []*ops.Value
	out    *ops.Value
	meter  *ops.Meter
}

// Specialize prepares a program for samples of a shape (without the batch): what
// depends on shapes only becomes constant. It fails if the graph cannot take the
// samples, or if one costs more than the limits.
func (p *Program) Specialize(sample []int, limits Limits) (*Net, error) {
	q := p.clone()
	q.onlyFloat32()
	n := &Net{p: q, sample: slices.Clone(sample), limit: limits.Bytes, single: p.Single(), turned: q.turn(sample)}
	if err := n.checkSample(); err != nil {
		return nil, err
	}
	if n.single {
		n.single = !q.rebatch(sample, limits)
	}
	batches := []int{1, 2, 3}
	if n.single {
		batches = batches[:1]
	}
	if err := q.castLikes(sample, batches[0], limits); err != nil {
		return nil, fmt.Errorf("a sample of shape %v: %w", sample, err)
	}
	for _, b := range batches {
		t, err := q.try(sample, b, limits)
		if err != nil {
			return nil, fmt.Errorf("a batch of %d samples of shape %v: %w", b, sample, err)
		}
		n.trials = append(n.trials, t)
	}
	if err := n.checkOutput(); err != nil {
		return nil, err
	}
	n.cost = Limits{int(n.trials[0].meter.Peak), n.trials[0].meter.Work}
	n.fold()
	n.learnShapes()
	n.learnDims()
	n.trials = nil
	n.fast, n.twins = sync.OnceValue(n.fused), sync.OnceValue(q.twins)
	return n, nil
}

// checkSample compares the sample with the input that the file describes.
func (n *Net) checkSample() error {
	in := n.p.input
	if in.Dims == nil {
		return nil
	}
	if len(in.Dims) != len(n.sample)+1 {
		return fmt.Errorf("samples of shape %v: the model's input %.60q takes %v, the batch included (−1: any)", n.sample, in.Name, in.Dims)
	}
	for i, d := range n.sample {
		if want := in.Dims[i+1]; want >= 0 && want != d {
			return fmt.Errorf("samples of shape %v: the model's input %.60q takes %v, the batch included (−1: any)", n.sample, in.Name, in.Dims)
		}
	}
	return nil
}

// try runs the program without data.
func (p *Program) try(sample []int, batch int, limits Limits) (trial, error) {
	t := trial{batch: batch, values: make([]*ops.Value, len(p.names)),
		meter: &ops.Meter{MaxBytes: float64(batch) * float64(limits.Bytes), MaxWork: float64(batch) * limits.Work, MaxReal: realBytes}}
	x := ops.Unknown(p.input.Type, append([]int{batch}, sample...)...)
	var err error
	t.out, err = p.run(x, t.meter, func(v int, value *ops.Value) { t.values[v] = value })
	return t, err
}

// checkOutput checks that the output has one row for each sample.
func (n *Net) checkOutput() error {
	for _, t := range n.trials {
		if len(t.out.Shape) == 0 || t.out.Shape[0] != t.batch || !t.out.Type.Floating() {
			return fmt.Errorf("%w: %d samples give an output %v, which is not one row of numbers for each", ErrUnsupported, t.batch, t.out)
		}
		if first := n.trials[0].out.Shape; !slices.Equal(first[1:], t.out.Shape[1:]) {
			return fmt.Errorf("%w: the output's shape depends on the size of the batch", ErrUnsupported)
		}
	}
	n.out = n.trials[0].out.Shape[1:]
	return nil
}

// fold makes constants of what all trials know and agree on, and of the shapes of
// Reshape nodes that differ only in the batch.
func (n *Net) fold() {
	p := n.p
	for v, value := range n.trials[0].values {
		if value == nil || !value.Known || v == p.output {
			continue
		}
		same := true
		for _, t := range n.trials[1:] {
			same = same && t.values[v] != nil && t.values[v].Equal(value)
		}
		if same {
			p.consts[v] = value.Unmetered()
		}
	}
	for i := range p.nodes {
		if nd := &p.nodes[i]; nd.OpType == "Reshape" && p.consts[nd.in[1]] == nil {
			n.foldReshape(nd)
		}
	}
	p.prune()
}

// foldReshape writes −1 for the dimension that is the batch.
func (n *Net) foldReshape(nd *node) {
	first, open := slices.Clone(n.trials[0].values[nd.out[0]].Shape), -1
	for _, t := range n.trials[1:] {
		shape := t.values[nd.out[0]].Shape
		if len(shape) != len(first) {
			return
		}
		for d := range shape {
			if shape[d] != first[d] {
				if open >= 0 && open != d {
					return
				}
				open = d
			}
		}
	}
	to := make([]int64, len(first))
	for d, size := range first {
		if to[d] = int64(size); d == open {
			to[d] = -1
		}
		if size == 0 {
			return
		}
	}
	n.p.setInput(nd, ops.Ints(to, len(to)))
}

// learnShapes keeps the shapes of the values, and which have the batch in front.
func (n *Net) learnShapes() {
	last := n.trials[len(n.trials)-1]
	n.shapes, n.batched, n.types = make([][]int, len(n.p.names)), make([]bool, len(n.p.names)), make([]wire.DataType, len(n.p.names))
	for v, value := range last.values {
		if value != nil {
			n.types[v] = value.Type
		}
		if value == nil || n.p.consts[v] != nil || len(value.Shape) == 0 {
			continue
		}
		n.shapes[v] = value.Shape
		n.batched[v] = true
		for _, t := range n.trials {
			s := t.values[v].Shape
			n.batched[v] = n.batched[v] && len(s) == len(value.Shape) && s[0] == t.batch && slices.Equal(s[1:], value.Shape[1:])
		}
	}
}

// onlyFloat32 makes float32 of all other floating-point types: that is how they are
// computed.
func (p *Program) onlyFloat32() {
	for v, value := range p.consts {
		if value != nil && value.Type.Floating() && value.Type != wire.Float {
			own := *value
			own.Type = wire.Float
			p.consts[v] = &own
		}
	}
	if p.input.Type.Floating() {
		p.input.Type = wire.Float
	}
	for i := range p.nodes {
		nd := &p.nodes[i]
		own := *nd.Node
		own.Attributes = slices.Clone(own.Attributes)
		for k, a := range own.Attributes {
			switch {
			case (a.Name == "to" || a.Name == "dtype") && wire.DataType(a.I).Floating():
				own.Attributes[k] = &wire.Attribute{Name: a.Name, Type: a.Type, I: int64(wire.Float)}
			case a.Name == "value" && a.T != nil && a.T.Type.Floating() && a.T.Type != wire.Float:
				if v, err := ops.FromTensor(a.T); err == nil {
					own.Attributes[k] = &wire.Attribute{Name: a.Name, Type: a.Type, T: ops.ToTensor("", v)}
				}
			}
		}
		nd.Node = &own
	}
}

package onnx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// MaxIR is the newest version of the intermediate representation that is read.
const MaxIR = 11

// Options tell Load what the file does not say.
type Options struct {
	// Output is the name of the wanted output. Default: the first that is a tensor of
	// floating-point numbers, or whose type the file leaves open.
	Output string
	// External returns size bytes of the file of that name from offset on, the data
	// of a tensor. Default: a file with external data is refused.
	External func(name string, offset, size int64) ([]byte, error)
	// Own lets the program keep the file's bytes, and move some: large weights are
	// then used where they are, and a model needs its memory once instead of twice.
	Own bool
}

// Load reads a model. The errors wrap [ErrMalformed], [ErrUnsupported] or [ErrLimit].
func Load(b []byte, o Options) (*Program, error) {
	m, err := wire.Decode(b)
	if err != nil {
		return nil, err
	}
	l := newLoader(m, o)
	if o.Own {
		l.file = b
	}
	return l.load()
}

func newLoader(m *wire.Model, o Options) *loader {
	return &loader{model: m, opts: o, p: &Program{}, ids: map[string]int{}}
}

func (l *loader) load() (*Program, error) {
	if err := l.versions(); err != nil {
		return nil, err
	}
	if err := l.graph(); err != nil {
		return nil, err
	}
	if err := l.p.foldConstants(l.budget()); err != nil {
		return nil, err
	}
	l.p.settle()
	return l.p, nil
}

type loader struct {
	file    []byte // if it may be changed
	model   *wire.Model
	opts    Options
	p       *Program
	ids     map[string]int
	weights map[string]*wire.Tensor
	derived []*wire.Node // inputs that follow from the first
	weight  int          // bytes of the constants
}

func (l *loader) versions() error {
	m := l.model
	if m.IRVersion < 3 || m.IRVersion > MaxIR {
		return fmt.Errorf("%w: version %d of the intermediate representation; versions 3 to %d are read", ErrUnsupported, m.IRVersion, MaxIR)
	}
	l.p.opset, l.p.ml = m.Opsets[""], m.Opsets[ops.ML]
	if _, ok := m.Opsets[""]; ok && (l.p.opset < ops.MinOpset || l.p.opset > ops.MaxOpset) {
		return fmt.Errorf("%w: version %d of the operators; %d to %d are read: export the model with opset_version=17", ErrUnsupported, l.p.opset, ops.MinOpset, ops.MaxOpset)
	}
	if m.Graph.Sparse {
		return fmt.Errorf("%w: sparse weights", ErrUnsupported)
	}
	return nil
}

// define numbers a value; a name can be defined once.
func (l *loader) define(name string) (int, error) {
	if _, ok := l.ids[name]; ok || name == "" {
		return 0, fmt.Errorf("%w: two values are named %.60q, or one has no name", ErrMalformed, name)
	}
	id := len(l.p.names)
	l.ids[name] = id
	l.p.names = append(l.p.names, name)
	return id, nil
}

// graph builds the program, without the nodes that the output does not need.
func (l *loader) graph() error {
	g := l.model.Graph
	l.weights = map[string]*wire.Tensor{}
	for _, t := range g.Initializers {
		if _, err := l.define(t.Name); err != nil {
			return err
		}
		l.weights[t.Name] = t
	}
	if err := l.input(); err != nil {
		return err
	}
	nodes, err := l.inlined()
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if err := l.node(n); err != nil {
			return err
		}
	}
	if err := l.output(); err != nil {
		return err
	}
	l.p.consts = make([]*ops.Value, len(l.p.names))
	l.p.prune()
	return l.resolve()
}

// input finds the one input that is not a weight. Models of text have others beside
// it, which extra derives.
func (l *loader) input() error {
	var inputs []*wire.ValueInfo
	for _, v := range l.model.Graph.Inputs {
		if l.weights[v.Name] == nil {
			inputs = append(inputs, v)
		}
	}
	if len(inputs) == 0 {
		return fmt.Errorf("%w: the model takes no input", ErrMalformed)
	}
	for _, v := range inputs {
		if v.Type.Size() == 0 {
			return fmt.Errorf("%w: input %.60q is of type %s", ErrUnsupported, v.Name, v.Type)
		}
	}
	first := inputs[0]
	id, err := l.define(first.Name)
	if err != nil {
		return err
	}
	in := Input{Name: first.Name, Type: first.Type, value: id}
	for i, d := range first.Dims {
		if d < -1 || d > 1<<40 {
			return fmt.Errorf("%w: input %.60q of shape %v", ErrMalformed, first.Name, first.Dims)
		}
		if in.Dims = append(in.Dims, int(d)); i == 0 && d == 0 {
			in.Dims[0] = -1
		}
	}
	if len(in.Dims) > 0 && in.Dims[0] > 1 {
		return fmt.Errorf("%w: the model takes batches of %d only: export it with dynamic_axes={%q: {0: \"batch\"}}", ErrUnsupported, in.Dims[0], in.Name)
	}
	l.p.input = in
	return l.extra(inputs[1:])
}

// node adds a node; the values that it takes must be there already.
func (l *loader) node(n *wire.Node) error {
	nd := node{Node: n, opset: l.p.opset}
	if n.Domain == ops.ML {
		nd.opset = l.p.ml
	}
	for _, name := range n.Inputs {
		id, ok := l.ids[name]
		switch {
		case name == "":
			id = -1
		case !ok:
			return nd.errorf("%w: it takes %.60q, which no node before it gives (the graph has a cycle or is not sorted)", ErrMalformed, name)
		}
		nd.in = append(nd.in, id)
	}
	for _, name := range n.Outputs {
		id := -1
		if name != "" {
			var err error
			if id, err = l.define(name); err != nil {
				return nd.errorf("%w", err)
			}
		}
		nd.out = append(nd.out, id)
	}
	l.p.nodes = append(l.p.nodes, nd)
	return nil
}

// output selects the program's output.
func (l *loader) output() error {
	var names []string
	for _, v := range l.model.Graph.Outputs {
		names = append(names, v.Name)
	}
	want := l.opts.Output
	if want == "" {
		i := slices.IndexFunc(l.model.Graph.Outputs, func(v *wire.ValueInfo) bool { return v.Type.Floating() })
		if i < 0 { // ZipMap's, which is dropped, is no tensor
			i = slices.IndexFunc(l.model.Graph.Outputs, func(v *wire.ValueInfo) bool { return v.Type == 0 })
		}
		if i < 0 {
			return fmt.Errorf("%w: no output of floating-point numbers: export the logits, not the class that they say; the outputs are %s", ErrUnsupported, strings.Join(names, ", "))
		}
		want = names[i]
	}
	id, ok := l.ids[want]
	if !ok || !slices.Contains(names, want) && l.opts.Output == "" {
		return fmt.Errorf("%w: no value is named %.60q; the outputs are %s", ErrMalformed, want, strings.Join(names, ", "))
	}
	l.p.output = id
	return nil
}

// resolve finds the operators and decodes the weights that are needed.
func (l *loader) resolve() error {
	needed := map[int]bool{l.p.output: true}
	for i := range l.p.nodes {
		nd := &l.p.nodes[i]
		if _, ok := l.model.Opsets[nd.Domain]; !ok {
			return nd.errorf("%w: the file has no operators of domain %.60q", ErrMalformed, nd.Domain)
		}
		var err error
		if nd.op, err = ops.Find(nd.Node); err != nil {
			return nd.errorf("%w", err)
		}
		for _, v := range nd.in {
			if v >= 0 {
				needed[v] = true
			}
		}
	}
	for name, t := range l.weights {
		id := l.ids[name]
		if !needed[id] {
			continue
		}
		v, err := l.tensor(t)
		if err != nil {
			return fmt.Errorf("weight %.60q: %w", name, err)
		}
		l.p.consts[id] = v
		l.weight += v.Bytes()
	}
	return nil
}

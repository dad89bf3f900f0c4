package nn

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// ErrAdapter is wrapped by errors about adapters that do not fit the network.
var ErrAdapter = errors.New("adapter does not fit the network")

// Place is a weight that can have an adapter, or some of its rows.
type Place struct {
	Layer  int    // the caller's node
	Weight string // its parameter: "weight", "self_attn.in_proj_weight"
	// Lo and Hi are the outputs, rows of the weight, that the adapter changes; both 0
	// for all.
	Lo, Hi int
}

// Adapter is a low-rank change of a weight W, which is left as it is: what is computed is
// W + Scale·B·A (Hu et al., 2021).
type Adapter struct {
	Place
	Rank    int
	Scale   float64 // α/r
	Dropout float64 // of the input of A, in training; an embedding has none
	// A and B have PEFT's shapes: [r, in] and [out, r] for a linear layer, [r, in, …] and
	// [out, r, 1, …] for a convolution, [r, vocabulary] and [dim, r] for an embedding.
	A, B tensor.Tensor
}

// Adaptable lists the weights that can have an adapter, in order.
func (n *Net) Adaptable() (all []Place) {
	for _, nd := range n.nodes {
		if _, ok := nd.layer.(layers.LowRanker); ok {
			all = append(all, Place{Layer: nd.owner, Weight: nd.layer.Params()[0].Name})
		}
	}
	return all
}

// AdapterShapes are those of A and B at a place. table says that A is a table to look
// up, which PEFT initialises the other way around.
func (n *Net) AdapterShapes(at Place, rank int) (a, b []int, table bool, err error) {
	i, err := n.operatorAt(at)
	if err != nil {
		return nil, nil, false, err
	}
	low, err := n.nodes[i].lowRank(at, rank)
	if err != nil {
		return nil, nil, false, n.adapterError(at, err)
	}
	return low.A.Shape, low.B.Shape, low.Table, nil
}

// operatorAt is the node that has the weight.
func (n *Net) operatorAt(at Place) (int, error) {
	for i, nd := range n.nodes {
		if p := nd.layer.Params(); nd.owner == at.Layer && len(p) > 0 && p[0].Name == at.Weight {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%w: layer %d has no operator with the weight %.100q", ErrAdapter, at.Layer, at.Weight)
}

func (n *Net) adapterError(at Place, err error) error {
	return fmt.Errorf("%w: %s of %w", ErrAdapter, at.Weight, n.errorf(at.Layer, "%w", err))
}

// lowRank is the branch beside the node.
func (nd *node) lowRank(at Place, rank int) (layers.LowRank, error) {
	l, ok := nd.layer.(layers.LowRanker)
	if !ok {
		return layers.LowRank{}, errors.New("it cannot have an adapter")
	}
	lo, hi := at.Lo, at.Hi
	if lo == 0 && hi == 0 {
		hi = l.Outputs()
	}
	if lo < 0 || hi > l.Outputs() || lo >= hi {
		return layers.LowRank{}, fmt.Errorf("outputs %d to %d: there are %d", lo, hi, l.Outputs())
	}
	if rank < 1 || rank > layers.MaxElements {
		return layers.LowRank{}, fmt.Errorf("rank %d: want at least 1", rank)
	}
	low, err := l.LowRank(rank, lo, hi)
	for _, shape := range [][]int{low.A.Shape, low.B.Shape} {
		if _, tooMany := layers.Elements(shape); err == nil && tooMany != nil {
			err = fmt.Errorf("rank %d: %w", rank, tooMany)
		}
	}
	return low, err
}

// Adapt puts adapters beside weights. From then on only they are learned: everything else
// behaves in training as in eval, so that its dropouts drop nothing and the statistics
// of its BatchNorms stay what they are. It is a pass over the graph: behind each
// operator with an adapter, whose output U adds to, come D(dropout(x)) and U. It fails
// ([ErrAdapter]) if an adapter does not fit; the network is then unchanged.
func (n *Net) Adapt(list []Adapter) error { return n.adapt(list, adapterParam) }

// AdaptShapes is Adapt of adapters without numbers: the network can then say what it would take with them ([Net.TrainingCost]),
// before memory is allocated for any, and can do nothing else.
func (n *Net) AdaptShapes(list []Adapter) error {
	return n.adapt(list, func(ps layers.ParamSpec, _ Adapter, _ tensor.Tensor) (*layers.Param, error) {
		return &layers.Param{ParamSpec: ps}, nil
	})
}

// newParam makes A or B of an adapter.
type newParam func(ps layers.ParamSpec, a Adapter, t tensor.Tensor) (*layers.Param, error)

func (n *Net) adapt(list []Adapter, param newParam) error {
	beside := map[int][]branch{}
	for j, a := range list {
		i, err := n.operatorAt(a.Place)
		if err != nil {
			return err
		}
		b, err := n.nodes[i].branch(a, param)
		if err != nil {
			return n.adapterError(a.Place, err)
		}
		b.part = adapterPart + j
		beside[i] = append(beside[i], b)
	}
	n.freeze()
	n.insert(beside)
	return nil
}

// adapterPart is the part of its owner that the first adapter is, for its random numbers.
const adapterPart = 1 << 20

// branch is an adapter as layers; dropout may be nil.
type branch struct {
	dropout, down, up layers.Layer
	part              int
}

func (nd *node) branch(a Adapter, param newParam) (b branch, err error) {
	low, err := nd.lowRank(a.Place, a.Rank)
	if err != nil {
		return b, err
	}
	if !(a.Dropout >= 0 && a.Dropout < 1) {
		return b, fmt.Errorf("dropout %v: want 0 to less than 1", a.Dropout)
	}
	if scale := float32(a.Scale); scale-scale != 0 || math.IsNaN(a.Scale) {
		return b, fmt.Errorf("scale %v", a.Scale)
	}
	pa, err := param(low.A, a, a.A)
	if err != nil {
		return b, err
	}
	pb, err := param(low.B, a, a.B)
	if err != nil {
		return b, err
	}
	b.down, b.up = low.Down(pa), low.Up(pb, float32(a.Scale))
	if a.Dropout > 0 && !low.Table {
		b.dropout, err = layers.NewDropout(a.Dropout)
	}
	return b, err
}

// adapterParam is A or B; its name is unique in its layer.
func adapterParam(ps layers.ParamSpec, a Adapter, t tensor.Tensor) (*layers.Param, error) {
	if !slices.Equal(t.Shape, ps.Shape) || len(t.Data) != tensor.Size(ps.Shape) {
		return nil, fmt.Errorf("%s has shape %v (%d values): want %v", ps.Name, t.Shape, len(t.Data), ps.Shape)
	}
	if err := tensor.CheckFinite(t.Data); err != nil {
		return nil, fmt.Errorf("%s: %w", ps.Name, err)
	}
	ps.Name = fmt.Sprintf("%s.%d.%s", a.Weight, a.Lo, ps.Name)
	return layers.NewParam(ps, t), nil
}

// freeze leaves nothing to learn, and lets every layer behave as in eval.
func (n *Net) freeze() {
	for i := range n.nodes {
		for _, p := range n.nodes[i].layer.Params() {
			p.Frozen = true
		}
		if f, ok := n.nodes[i].layer.(layers.Freezer); ok {
			n.nodes[i].layer = f.Frozen()
		}
	}
	n.tied = nil // no gradients to add, no numbers to refresh
}

// insert puts the branches beside their nodes, and counts the values anew.
func (n *Net) insert(beside map[int][]branch) {
	values, old := []int{0}, n.nodes
	n.nodes = make([]node, 0, len(old)+3*len(beside))
	emit := func(nd node) int {
		n.nodes = append(n.nodes, nd)
		return len(n.nodes)
	}
	for i, nd := range old {
		nd.inputs = slices.Clone(nd.inputs)
		for k, v := range nd.inputs {
			nd.inputs[k] = values[v]
		}
		// The branches come first: on the way back the weight's own share of the
		// input's gradient is then written, and theirs are added to it.
		var low []int
		for _, b := range beside[i] {
			x := nd.inputs[0]
			if b.dropout != nil {
				x = emit(node{layer: b.dropout, inputs: []int{x}, owner: nd.owner, part: b.part, accepts: nd.accepts})
			}
			low = append(low, emit(node{layer: b.down, inputs: []int{x}, owner: nd.owner, part: b.part, accepts: nd.accepts}))
		}
		y := emit(nd)
		for j, b := range beside[i] {
			y = emit(node{layer: b.up, inputs: []int{y, low[j]}, owner: nd.owner, part: b.part})
		}
		values = append(values, y)
	}
	n.findUses()
}

// Adapters are copies of the adapters' A and B as they are now, in the order of the list
// that Adapt was given: two tensors each.
func (n *Net) Adapters() (all [][2]tensor.Tensor) {
	byPart := map[int]*[2]tensor.Tensor{}
	for _, nd := range n.nodes {
		p := nd.layer.Params()
		if nd.part < adapterPart || len(p) == 0 {
			continue
		}
		if byPart[nd.part] == nil {
			byPart[nd.part] = &[2]tensor.Tensor{p[0].Tensor()} // down comes before up
		} else {
			byPart[nd.part][1] = p[0].Tensor()
		}
	}
	for j := range len(byPart) {
		all = append(all, *byPart[adapterPart+j])
	}
	return all
}

// Divide cuts an adapted network where all that comes before the first adapter ends: what
// front computes does not change in training. front is nil if there is nothing before.
// The two share their weights with n.
func (n *Net) Divide() (front, rest *Net) {
	first := slices.IndexFunc(n.nodes, func(nd node) bool {
		return slices.ContainsFunc(nd.layer.Params(), (*layers.Param).Learned)
	})
	if first < 0 {
		first = 0
	}
	cut, least := 0, len(n.nodes)
	for i := len(n.nodes) - 1; i >= 0; i-- {
		least = min(least, slices.Min(n.nodes[i].inputs))
		if i <= first && least >= i { // nodes from i on take value i and later ones only
			cut = i
			break
		}
	}
	if cut == 0 {
		return nil, n
	}
	front = &Net{specs: n.specs, nodes: n.nodes[:cut:cut]}
	rest = &Net{specs: n.specs, nodes: slices.Clone(n.nodes[cut:])}
	for i := range rest.nodes {
		rest.nodes[i].inputs = slices.Clone(rest.nodes[i].inputs)
		for k := range rest.nodes[i].inputs {
			rest.nodes[i].inputs[k] -= cut
		}
	}
	front.findUses()
	rest.findUses()
	return front, rest
}

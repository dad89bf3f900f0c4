package nn

import (
	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// run executes one network, with memory for a batch of at most capacity samples. It
// serves one goroutine at a time.
type run struct {
	net      *Net
	capacity int
	first    int  // in the caller's numbering, of the samples of a batch
	train    bool // there will be backward passes, and layers behave as in training
	steps    []step
	values   []value
	lowest   int // the first node with something to do on the way back
}

// step is one node of a run: what the passes (passes.go) have found out about it.
type step struct {
	*node
	out   *value
	state layers.State
	edges []edge // in training: of each input

	passesThrough bool // it has nothing to do
	fused         bool // the node before it does its forward work
	learns        bool // it has parameters to train
	backward      bool // its Backward has to run

	// Capabilities: nil if the layer lacks them or the run does not need them.
	preparer   layers.BatchPreparer
	statistics layers.BatchStatistics
	sharder    layers.RowSharder
	sharer     layers.ParamSharer
	sharded    bool // in this batch
}

// edge is the way of a gradient from a node back to a value that it takes.
type edge struct {
	wanted bool
	// adds says that the run has to add the node's share of the gradient to the
	// value's, which a later node has written. The share is in scratch or, if the
	// node passes its input through, the gradient of its output.
	adds    bool
	scratch []float32
}

// value is what flows from one node to others.
type value struct {
	size int // elements of a sample
	// dataOf and gradOf are the values whose memory it uses: itself, or one that it
	// shares memory with.
	dataOf, gradOf int
	wanted         bool      // the gradient is needed
	data, grad     []float32 // memory for capacity samples, nil if it is another's
	x, dx          []float32 // of this batch
}

// newRun prepares for inputs of shapes[0]. inputGrad says that backward passes
// are to compute the gradient of the network's input too.
func (n *Net) newRun(shapes [][]int, capacity int, train, inputGrad bool) *run {
	r := n.bareRun(shapes, capacity, train)
	r.findCapabilities()
	r.findPassThrough()
	r.fuseEpilogues()
	if train {
		r.planGradients(inputGrad)
	}
	r.shareMemory()
	r.allocate()
	return r
}

// bareRun is a run before the passes.
func (n *Net) bareRun(shapes [][]int, capacity int, train bool) *run {
	r := &run{net: n, capacity: capacity, train: train, steps: make([]step, len(n.nodes)), values: make([]value, len(shapes))}
	for v, sh := range shapes {
		r.values[v] = value{size: tensor.Size(sh), dataOf: v, gradOf: v}
	}
	var in [][]int
	for i := range n.nodes {
		st := &r.steps[i]
		st.node, st.out = &n.nodes[i], &r.values[i+1]
		in = st.pick(in, shapes)
		st.state.Init(st.layer, in, shapes[i+1], capacity, train)
	}
	return r
}

// allocate makes the memory of the values; the input is the caller's.
func (r *run) allocate() {
	for v := range r.values {
		val := &r.values[v]
		if v > 0 && val.dataOf == v {
			val.data = make([]float32, r.capacity*val.size)
		}
		if val.wanted && val.gradOf == v {
			val.grad = make([]float32, r.capacity*val.size)
		}
	}
}

// begin points everything at a batch of n samples.
func (r *run) begin(x []float32, n int) {
	r.values[0].data = x
	for v := range r.values {
		val := &r.values[v]
		val.x = r.values[val.dataOf].data[:n*val.size]
		if val.wanted {
			val.dx = r.values[val.gradOf].grad[:n*val.size]
		}
	}
	for i := range r.steps {
		r.steps[i].begin(r, n)
	}
}

func (st *step) begin(r *run, n int) {
	st.state.SetBatch(n, r.first)
	for k, v := range st.inputs {
		val := &r.values[v]
		grad := val.dx
		if r.train && st.edges[k].scratch != nil {
			grad = st.edges[k].scratch[:n*val.size]
		}
		st.state.SetInput(k, val.x, grad)
	}
	st.state.SetOutput(st.out.x, st.out.dx)
	st.sharded = st.sharder != nil && st.sharder.ShardRows(&st.state)
}

// seed gives every layer its key for this step. The parts of a layer derive theirs
// from its key, so that a layer's random numbers do not depend on how many parts
// other layers have.
func (r *run) seed(key uint64) {
	for i := range r.steps {
		st := &r.steps[i]
		own := kernel.Stream(key, uint64(st.owner))
		if st.part != whole {
			own = kernel.Stream(own, uint64(st.part))
		}
		st.state.Seed(own)
	}
}

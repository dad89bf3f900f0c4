package nn

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
)

// The passes go over the graph when a run is made and write what they find into its
// steps, edges and values. They know layers by what they can do
// (layers/capabilities.go), never by their types.

// findCapabilities asks every layer what it can do.
func (r *run) findCapabilities() {
	for i := range r.steps {
		st := &r.steps[i]
		st.preparer, _ = st.layer.(layers.BatchPreparer)
		if r.train {
			st.statistics, _ = st.layer.(layers.BatchStatistics)
		}
		st.sharer, _ = st.layer.(layers.ParamSharer)
		if r.train {
			st.learns = slices.ContainsFunc(st.layer.Params(), (*layers.Param).Learned)
		}
		// Parts of a layer are never row-sharded: blocks of rows are summed in
		// another order than whole columns, and a training resumed from an earlier
		// version's checkpoint must give the same bits as there. Nor are weights that
		// stay as they are, so that training gives the bits of eval.
		if st.part == whole && st.learns {
			st.sharder, _ = st.layer.(layers.RowSharder)
		}
	}
}

// findPassThrough finds the nodes with nothing to do.
func (r *run) findPassThrough() {
	for i := range r.steps {
		st := &r.steps[i]
		if p, ok := st.layer.(layers.PassThrough); ok && p.PassesThrough(r.train) {
			st.passesThrough = true
		}
	}
}

// fuseEpilogues lets a node do the forward work of the nodes after it (a ReLU, a
// dropout) as it writes its output, if no other node takes the values in between.
// Their backward passes then work in place.
func (r *run) fuseEpilogues() {
	for i := range r.steps {
		st := &r.steps[i]
		fuser, ok := st.layer.(layers.EpilogueFuser)
		if !ok {
			continue
		}
		for v := i + 1; r.net.uses[v] == 1; {
			next := r.net.last[v]
			behind := &r.steps[next]
			fusible, ok := behind.layer.(layers.Fusible)
			if !ok || behind.passesThrough || !fuser.FuseEpilogue(&st.state, fusible.Epilogue(&behind.state)) {
				break
			}
			behind.fused = true
			v = next + 1
		}
	}
}

// planGradients finds out which values need a gradient, in which memory it is, and
// which nodes add to it. The last node that takes a value comes first on the way
// back: it writes the gradient, and the others add to that in the order of their
// numbers, from the highest down.
func (r *run) planGradients(input bool) {
	r.values[0].wanted = input
	for i := range r.steps {
		st := &r.steps[i]
		st.edges = make([]edge, len(st.inputs))
		for k, v := range st.inputs {
			st.edges[k].wanted = r.values[v].wanted
			st.backward = st.backward || r.values[v].wanted
		}
		r.values[i+1].wanted = st.backward || st.learns
		if _, ok := st.layer.(layers.ParamGradsFromBackward); ok && st.learns {
			st.backward = true
		}
	}
	for r.lowest < len(r.steps) && !r.steps[r.lowest].goesBack() {
		r.lowest++
	}
	written := make([]bool, len(r.values))
	for i := len(r.steps) - 1; i >= 0; i-- {
		r.steps[i].planEdges(r, written)
	}
}

// goesBack reports whether the node has something to do before the gradients of
// parameters are computed.
func (st *step) goesBack() bool { return st.backward || st.learns && st.statistics != nil }

// planEdges says how a node's gradients reach the values that it takes.
func (st *step) planEdges(r *run, written []bool) {
	_, adds := st.layer.(layers.InputGradAdder)
	for k, v := range st.inputs {
		e := &st.edges[k]
		first := !written[v]
		written[v] = true
		switch {
		case first, !e.wanted:
		case adds:
			st.state.AddInputGrad(k)
		case st.passesThrough:
			e.adds = true
		default:
			e.adds, e.scratch = true, make([]float32, r.capacity*r.values[v].size)
		}
	}
}

// inPlace reports whether the node can write over its input: no other node takes that,
// and it is not the caller's.
func (st *step) inPlace(r *run) bool {
	_, ok := st.layer.(layers.InPlacer)
	in := st.inputs[0]
	return ok && in > 0 && r.net.uses[in] == 1 && r.values[in].dataOf == in
}

// shareMemory lets the output of a node with nothing to do, and of one that works in
// place, use its input's memory. A gradient can do so only if the node is the last
// that takes the input, and so the first to write its gradient, and only if the input
// has one.
func (r *run) shareMemory() {
	for i := range r.steps {
		st := &r.steps[i]
		in, out := st.inputs[0], &r.values[i+1]
		if !st.passesThrough && !st.fused && !st.inPlace(r) {
			continue
		}
		out.dataOf = r.values[in].dataOf
		if r.net.last[in] == i && r.values[in].wanted == out.wanted {
			out.gradOf = r.values[in].gradOf
		}
	}
}

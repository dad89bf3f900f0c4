package layers

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// Layer is one operator with its parameters. All of it but the parameters is
// fixed once built; what belongs to one run lives in the [State], so that one
// network can be run from several goroutines.
//
// What only some layers can do is a capability: an interface of its own, in
// capabilities.go.
type Layer interface {
	// OutShape checks the shapes of one sample of every input, as many as the
	// layer's [Plan] asks for, and returns the output's.
	OutShape(inputs ...[]int) ([]int, error)
	// Params lists parameters and buffers in PyTorch's order.
	Params() []*Param
	// Cost is the cost of one sample, for input shapes that OutShape accepted and
	// the output shape that it returned.
	Cost(in [][]int, out []int) Cost
	// Forward computes samples lo … hi-1 of the output.
	Forward(s *State, lo, hi int)
	// Backward computes samples lo … hi-1 of the gradients of the inputs from
	// that of the output. It is called only if one of them is needed, or for
	// [ParamGradsFromBackward].
	Backward(s *State, lo, hi int)
	// ParamGrads computes part `part` of `parts` of the gradients of the
	// layer's parameters from the whole batch. Parts cut the parameters, never
	// the batch, so that every sum has one order.
	ParamGrads(s *State, part, parts int)
}

// span cuts n things into parts and returns the bounds of one part.
func span(n, part, parts int) (lo, hi int) { return kernel.Span(n, part, parts) }

// noParams is embedded by layers without parameters.
type noParams struct{}

func (noParams) Params() []*Param            { return nil }
func (noParams) ParamGrads(*State, int, int) {}

// elementwise is embedded by layers whose cost is that of their outputs.
type elementwise struct{}

func (elementwise) Cost(in [][]int, out []int) Cost { return elementCost(in, out) }

// view is embedded by layers that only change the shape: they always pass
// their input through.
type view struct{ noParams }

func (view) Forward(*State, int, int)        {}
func (view) Backward(*State, int, int)       {}
func (view) PassesThrough(bool) bool         { return true }
func (view) Cost(in [][]int, out []int) Cost { return Cost{FLOPs: elementCost(in, out).FLOPs} }

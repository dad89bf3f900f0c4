package layers

// Capabilities: what only some layers can do. A run asks each layer once, when it
// is built; nothing outside this package knows which layer has which capability.

// BatchPreparer is a layer with something to do once a batch, before the work
// on any sample goes on: checking its input (Embedding's indices), counting
// batches (BatchNorm).
type BatchPreparer interface {
	PrepareBatch(s *State) error
}

// BatchStatistics is a layer that looks across the samples of a training batch
// before it can compute any one of them (BatchNorm), on the way forward and on
// the way back. Parts cut the features.
type BatchStatistics interface {
	ForwardStatistics(s *State, part, parts int)
	BackwardStatistics(s *State, part, parts int)
}

// Allocator is a layer that keeps things in its state between forward and
// backward, or between batches: Allocate makes room for capacity samples.
type Allocator interface {
	Allocate(s *State, capacity int)
}

// PassThrough is a layer whose output may be its input, perhaps with another shape.
// A run then lets the two share their memory and calls neither Forward nor
// Backward.
type PassThrough interface {
	PassesThrough(train bool) bool
}

// ParamGradsFromBackward is a layer whose ParamGrads read what its Backward leaves
// in the state, so that Backward must run even if the gradient of the input is not
// needed.
type ParamGradsFromBackward interface {
	ParamGradsFromBackward()
}

// InputGradAdder is a layer whose Backward can add to the gradient of an input
// ([State.AddInputGrad]); for the others a run adds in a second pass.
type InputGradAdder interface {
	AddsInputGrads()
}

// Fusible is a layer whose forward work another one can do as it writes its
// output; the layer then works in place on that output's gradient.
type Fusible interface {
	Epilogue(s *State) Epilogue
}

// Epilogue is what can be done to values as they are written.
type Epilogue struct {
	// ReLU replaces negative values by 0.
	ReLU bool
	// Scale, if not nil, returns the factors of samples lo … hi-1: a dropout mask.
	// It is applied after the ReLU.
	Scale func(lo, hi int) []float32
}

// EpilogueFuser is a layer that may do the work of the layer after it.
type EpilogueFuser interface {
	// FuseEpilogue adds e after the epilogues that it has, or reports that it
	// cannot.
	FuseEpilogue(s *State, e Epilogue) bool
}

// RowSharder is a layer whose work on a batch a team can divide by rows of its
// weights instead of by samples; see rowshard.go.
type RowSharder interface {
	// ShardRows reports whether to divide the state's batch by rows, and makes room
	// if so. Forward then only adds up the sums of ForwardRows, and BackwardRows
	// does all of Backward's work.
	ShardRows(s *State) bool
	// ShardsRows reports whether it would, for a batch of n samples.
	ShardsRows(s *State, n int) bool
	ForwardRows(s *State, part, parts int)
	BackwardRows(s *State, part, parts int)
}

// ParamSharer is a layer that says which elements of parameter i of Params
// belong to a member of a team: those that the member will read next.
type ParamSharer interface {
	ParamShare(s *State, i, part, parts int) (lo, hi int)
}

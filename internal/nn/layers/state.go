package layers

// State is what one run of a network keeps for one layer: the batch that it
// works on, and what its backward pass needs from the forward pass.
type State struct {
	train bool
	n     int    // samples in this batch
	first int    // the number of the first of them, for errors
	key   uint64 // seeds this layer's random numbers in this step

	inputs []operand
	single [1]operand // memory of inputs if there is one input
	// Of the first input, which most layers have only, and of the output.
	in, out       []int     // shapes of a sample
	inLen, outLen int       // their products
	x, y          []float32 // [n, inLen], [n, outLen]
	dx, dy        []float32 // as x and y; dx is nil if it is not needed

	// Room for what backward needs from forward; each layer documents its own.
	saved   []float32
	moments []float64
	index   []int32
	work    any
	// Of a linear layer or a convolution.
	fused   Epilogue
	sharded bool      // this batch is shared out by rows of the weights
	sums    []float32 // of the blocks of rows
}

// operand is one input of a layer.
type operand struct {
	size int // elements of a sample
	data []float32
	grad []float32 // nil if it is not needed
	add  bool      // backward adds to grad: it holds another layer's share
}

// Init prepares an empty state for batches of at most capacity samples, of input
// shapes that l.OutShape accepted and the output shape that it returned. train says
// that there will be backward passes, and that the layer behaves as in training.
func (s *State) Init(l Layer, in [][]int, out []int, capacity int, train bool) {
	s.train = train
	s.in, s.inLen, s.out, s.outLen = in[0], elements(in[0]), out, elements(out)
	s.inputs = s.single[:0]
	for _, shape := range in {
		s.inputs = append(s.inputs, operand{size: elements(shape)})
	}
	if l, ok := l.(Allocator); ok {
		l.Allocate(s, capacity)
	}
}

// Seed gives the layer its random numbers for the next step.
func (s *State) Seed(key uint64) { s.key = key }

// SetBatch begins a batch of n samples; first is the number of the first one in the
// caller's data.
func (s *State) SetBatch(n, first int) { s.n, s.first = n, first }

// SetInput points input i at the batch. Whether backward adds to grad stays
// as it was.
func (s *State) SetInput(i int, data, grad []float32) {
	in := &s.inputs[i]
	in.data, in.grad = data, grad
	if i == 0 {
		s.x, s.dx = data, grad
	}
}

// AddInputGrad makes backward add to the gradient of input i; the layer must be
// an [InputGradAdder].
func (s *State) AddInputGrad(i int) { s.inputs[i].add = true }

// SetOutput points the output at the batch.
func (s *State) SetOutput(data, grad []float32) { s.y, s.dy = data, grad }

func (s *State) xs(lo, hi int) []float32  { return s.x[lo*s.inLen : hi*s.inLen] }
func (s *State) ys(lo, hi int) []float32  { return s.y[lo*s.outLen : hi*s.outLen] }
func (s *State) dxs(lo, hi int) []float32 { return s.dx[lo*s.inLen : hi*s.inLen] }
func (s *State) dys(lo, hi int) []float32 { return s.dy[lo*s.outLen : hi*s.outLen] }

// mask is the room for a dropout mask over samples lo … hi-1.
func (s *State) mask(lo, hi int) []float32 { return s.saved[lo*s.inLen : hi*s.inLen] }

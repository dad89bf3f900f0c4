package nn

import (
	"fmt"
	"runtime/debug"

	"github.com/nlpodyssey/spago/ag"
	"github.com/nlpodyssey/spago/mat"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
)

// netFunction is the whole network as one spago function of its parameters: it
// sees a mini-batch as one matrix. Since it is one operator, its backward pass is
// one call, which divides the work among our own team, so that no result depends on
// how goroutines are scheduled.
type netFunction struct {
	run    *run
	team   *kernel.Team
	params []*layers.Param
	x      []float32
	n      int
	err    error // spago ends the process on an error, so it is kept here
}

var _ ag.AutoGradFunction = (*netFunction)(nil)

// Operands are the parameters.
func (f *netFunction) Operands() []mat.Tensor {
	ops := make([]mat.Tensor, len(f.params))
	for i, p := range f.params {
		ops[i] = p.Spago
	}
	return ops
}

// Forward returns the outputs [n, classes]; the memory is the run's.
func (f *netFunction) Forward() (mat.Tensor, error) {
	y, err := f.run.forward(f.team, f.x, f.n)
	if err != nil {
		f.err = err
		return mat.NewDense[float32](mat.WithShape(f.n, 1)), nil //nolint:nilerr // the trainer asks for f.err; spago would panic
	}
	return mat.NewDense[float32](mat.WithShape(f.n, len(y)/f.n), mat.WithBacking(y)), nil
}

// Backward writes the gradients of the parameters. spago may call it on a
// goroutine of its own, where a panic would end the process.
func (f *netFunction) Backward(gy mat.Tensor) error {
	defer catch(&f.err)
	f.run.backward(f.team, layers.Backing(gy))
	return nil
}

// catch turns a panic into an error.
func catch(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("internal error: %v\n%s", v, debug.Stack())
	}
}

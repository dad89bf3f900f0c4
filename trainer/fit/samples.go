package fit

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

var (
	// ErrOptions is wrapped by errors about Options out of range.
	ErrOptions = errors.New("training options")
	// ErrSamples is wrapped by errors about samples that cannot be trained on.
	ErrSamples = errors.New("training samples")
	// ErrDiverged is wrapped by errors about a loss or a weight that is no longer
	// finite.
	ErrDiverged = nn.ErrDiverged
)

// checkSamples checks everything about the samples but the labels' range.
func checkSamples(x safetensors.Tensor, n int) error {
	if n == 0 {
		return fmt.Errorf("%w: there are none", ErrSamples)
	}
	if len(x.Shape) < 2 || x.Shape[0] != n {
		return fmt.Errorf("%w: %d answers for inputs of shape %v: want [%d, …]", ErrSamples, n, x.Shape, n)
	}
	size := 1
	for _, d := range x.Shape {
		if d < 1 || size > len(x.Data)/d {
			return fmt.Errorf("%w: inputs of shape %v hold %d values", ErrSamples, x.Shape, len(x.Data))
		}
		size *= d
	}
	if size != len(x.Data) {
		return fmt.Errorf("%w: inputs of shape %v hold %d values", ErrSamples, x.Shape, len(x.Data))
	}
	for i, v := range x.Data {
		if v-v != 0 {
			return fmt.Errorf("%w: sample %d holds %v", ErrSamples, i/(size/n), v)
		}
	}
	return nil
}

// checkAnswers checks the labels or the targets against the head's outputs.
func (t *training) checkAnswers() error {
	if rows := t.trainer.Rows(); rows != 1 {
		return fmt.Errorf("%w: the head has a row of outputs for each of %d tokens: heads are trained on one answer for a sample", ErrSamples, rows)
	}
	if t.y != nil {
		return checkLabels(t.y, t.trainer.Outputs())
	}
	if t.outputs != t.trainer.Outputs() {
		return fmt.Errorf("%w: %d targets for each sample, but the head has %d outputs", ErrSamples, t.outputs, t.trainer.Outputs())
	}
	for i, v := range t.targets {
		if v-v != 0 {
			return fmt.Errorf("%w: a target of sample %d is %v", ErrSamples, i/t.outputs, v)
		}
	}
	return nil
}

// checkLabels wants labels of the head's classes, and at least two of these: a
// head that is trained on one class learns to answer nothing else.
func checkLabels(y []int, classes int) error {
	same := true
	for i, l := range y {
		if l < 0 || l >= classes {
			return fmt.Errorf("%w: sample %d has label %d, but the head knows classes 0 to %d", ErrSamples, i, l, classes-1)
		}
		same = same && l == y[0]
	}
	if same {
		return fmt.Errorf("%w: all %d are of class %d; training needs at least two classes", ErrSamples, len(y), y[0])
	}
	return nil
}

// shuffled is the order of n samples in an epoch: a Fisher–Yates shuffle drawn
// from PCG-DXSM (math/rand/v2), whose two seeds are the training's seed and the
// epoch (−1 for the held-out part).
func shuffled(n int, seed uint64, epoch int) []int {
	src := rand.NewPCG(seed, uint64(epoch))
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := int(below(src, uint64(i+1)))
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// below is a uniform number in [0, n), by rejection.
func below(src *rand.PCG, n uint64) uint64 {
	for {
		u := src.Uint64()
		if v := u % n; u-v <= -n { // u is in a complete group of n numbers
			return v
		}
	}
}

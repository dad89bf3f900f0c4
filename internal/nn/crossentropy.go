package nn

import (
	"slices"

	"github.com/nlpodyssey/spago/ag"
	"github.com/nlpodyssey/spago/mat"

	"github.com/decloud-sdk/decloud-go/internal/elementary"
	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
)

// Ignore is the label of a row of outputs that has no answer, such as a token that is
// not to be predicted: PyTorch's default ignore_index. It counts in nothing.
const Ignore = -100

// crossEntropy is torch.nn.CrossEntropyLoss with reduction "mean" as a spago
// function: the mean over the rows of w[c]·(log Σ exp(z) − z[c]), divided by
// the sum of the weights where there are any. A sample has one row or, if its outputs
// are a sequence, one for each token.
type crossEntropy struct {
	logits  mat.Tensor
	labels  []int
	weights []float32 // by class, or nil
	team    *kernel.Team

	grad    []float32 // softmax − onehot, then the gradient
	rowLoss []float64
	total   float64 // sum of weights
	loss    float64
	correct int
	err     error
}

var _ ag.AutoGradFunction = (*crossEntropy)(nil)

// fewLogits is how many logits one thread computes faster than a team.
const fewLogits = 1 << 10

// Operands are the logits.
func (c *crossEntropy) Operands() []mat.Tensor { return []mat.Tensor{c.logits} }

// Forward returns the mean loss. The threads share the rows; their sum has one
// order.
func (c *crossEntropy) Forward() (mat.Tensor, error) {
	z := layers.Backing(c.logits.Value())
	n := len(c.labels)
	classes := len(z) / n
	c.grad = slices.Grow(c.grad[:0], len(z))[:len(z)]
	c.rowLoss = slices.Grow(c.rowLoss[:0], n)[:n]
	team := c.team
	if len(z) < fewLogits {
		team = alone
	}
	hits := make([]int, team.Threads())
	team.Run(func(part, parts int) {
		lo, hi := kernel.Span(n, part, parts)
		for i := lo; i < hi; i++ {
			row := z[i*classes:][:classes]
			if c.labels[i] == Ignore {
				c.rowLoss[i] = 0
				clear(c.grad[i*classes:][:classes])
				continue
			}
			c.rowLoss[i] = softmaxLoss(c.grad[i*classes:][:classes], row, c.labels[i])
			if Argmax(row) == c.labels[i] {
				hits[part]++
			}
		}
	})
	c.loss, c.total, c.correct = 0, 0, 0
	for i, l := range c.rowLoss {
		if c.labels[i] == Ignore {
			continue
		}
		w := c.weight(c.labels[i])
		c.loss += float64(w * l)
		c.total += w
	}
	c.loss /= c.total
	for _, h := range hits {
		c.correct += h
	}
	return mat.Scalar(float32(c.loss)), nil
}

func (c *crossEntropy) weight(class int) float64 {
	if c.weights == nil {
		return 1
	}
	return float64(c.weights[class])
}

// Backward adds the gradient of the logits.
func (c *crossEntropy) Backward(gy mat.Tensor) error {
	defer catch(&c.err)
	n := len(c.labels)
	classes := len(c.grad) / n
	up := gy.Item().F64() / c.total
	for i, label := range c.labels {
		if label == Ignore {
			continue
		}
		scale := float32(up * c.weight(label))
		row := c.grad[i*classes:][:classes]
		for j := range row {
			row[j] *= scale
		}
	}
	c.logits.AccGrad(mat.NewDense[float32](mat.WithShape(c.logits.Value().Shape()...), mat.WithBacking(c.grad)))
	return nil
}

// softmaxLoss writes softmax(z) − onehot(label) to grad and returns
// log Σ exp(z) − z[label]. The largest logit is subtracted first, so that no
// exponential overflows.
func softmaxLoss(grad, z []float32, label int) float64 {
	top := z[0]
	for _, v := range z {
		top = max(top, v)
	}
	sum := kernel.ExpSumExact(grad, z, top, 1)
	inv := float32(1 / sum)
	for j := range grad {
		grad[j] *= inv
	}
	grad[label]--
	return elementary.Log(sum) - float64(z[label]-top)
}

// CrossEntropy is log Σ exp(z) − z[label], in nats. z must not be empty.
func CrossEntropy(z []float32, label int) float64 {
	return softmaxLoss(make([]float32, len(z)), z, label)
}

// Argmax is the index of the largest value, the first if there are several, and −1
// if there is a NaN. z must not be empty.
func Argmax(z []float32) int {
	best := 0
	for j, v := range z {
		if v != v {
			return -1
		}
		if v > z[best] {
			best = j
		}
	}
	return best
}

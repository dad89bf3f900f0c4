package nn

import (
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// OutputShape is the shape of one output for one input of shape in, both
// without the batch. It fails at the first layer that cannot take its input.
func (n *Net) OutputShape(in []int) ([]int, error) {
	shapes, err := n.shapes(in)
	if err != nil {
		return nil, err
	}
	return slices.Clone(shapes[len(n.nodes)]), nil
}

// shapes gives the shape of a sample of every value.
func (n *Net) shapes(in []int) ([][]int, error) {
	size, err := layers.Elements(in)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, fmt.Errorf("an input of shape %v is empty", in)
	}
	all := append(make([][]int, 0, len(n.nodes)+1), slices.Clone(in))
	var inputs [][]int
	for _, nd := range n.nodes {
		inputs = nd.pick(inputs, all)
		out, err := nd.outShape(inputs)
		if err != nil {
			return nil, n.errorf(nd.owner, "%w", err)
		}
		all = append(all, out)
	}
	return all, nil
}

// pick returns the shapes of what the node takes, in the memory of buf.
func (nd *node) pick(buf, shapes [][]int) [][]int {
	buf = buf[:0]
	for _, v := range nd.inputs {
		buf = append(buf, shapes[v])
	}
	return buf
}

// outShape is the layer's output shape, within the bounds of all layers.
func (nd *node) outShape(in [][]int) ([]int, error) {
	var err error
	if nd.accepts != nil {
		err = nd.accepts(in...)
	}
	var out []int
	if err == nil {
		out, err = nd.layer.OutShape(in...)
	}
	if err != nil {
		return nil, fmt.Errorf("input of shape %s: %w", shapeList(in), err)
	}
	size, err := layers.Elements(out)
	if err == nil && size == 0 {
		err = fmt.Errorf("an input of shape %s leaves nothing: output %v", shapeList(in), out)
	}
	return out, err
}

// shapeList writes a node's inputs.
func shapeList(in [][]int) string {
	if len(in) == 1 {
		return fmt.Sprint(in[0])
	}
	return fmt.Sprint(in)
}

// cost is the cost of one sample; its floats include the values between the layers.
func (n *Net) cost(shapes [][]int) layers.Cost {
	var total layers.Cost
	for _, sh := range shapes {
		total.Floats += float64(tensor.Size(sh))
	}
	var in [][]int
	for i, nd := range n.nodes {
		in = nd.pick(in, shapes)
		total = total.Plus(nd.layer.Cost(in, shapes[i+1]))
	}
	return total
}

// SampleBytes is about how many bytes one sample of shape in (without the batch)
// takes between the layers, tables included: a bound to check for a stranger's layer
// list before anything runs. If a value feeds several nodes, the shares of its
// gradient in training count too: a graph could have many of them beside small
// outputs. It is at most math.MaxInt32, and fails as OutputShape does.
func (n *Net) SampleBytes(in []int) (int, error) {
	shapes, err := n.shapes(in)
	if err != nil {
		return 0, err
	}
	c := n.cost(shapes)
	for v, uses := range n.uses {
		c.Floats += float64(max(0, uses-1)) * float64(tensor.Size(shapes[v]))
	}
	return int(min(4*c.Floats+c.TableBytes, math.MaxInt32)), nil
}

// TrainingCost is what training takes, about, however much that is.
type TrainingCost struct {
	Learned      float64 // bytes of the weights that are learned, LearnedCopies times
	Sample       float64 // bytes of each sample of a batch between the layers, with gradients
	MultiplyAdds float64 // of each sample of a batch
}

// LearnedCopies are a weight that is learned, its gradient, and an optimizer's two moments.
const LearnedCopies = 4.0

// TrainingCost is that of training on inputs of shape in. It fails as OutputShape does.
func (n *Net) TrainingCost(in []int) (TrainingCost, error) {
	shapes, err := n.shapes(in)
	if err != nil {
		return TrainingCost{}, err
	}
	c, shares, learned := n.cost(shapes), make([]int, len(shapes)), 0.0
	c.Floats += float64(tensor.Size(shapes[len(n.nodes)])) // the loss keeps its gradient, and hands a copy to the outputs
	for i, nd := range n.nodes {
		if _, ok := nd.layer.(layers.InPlacer); ok {
			c.Floats -= float64(tensor.Size(shapes[i+1]))
		}
		if _, ok := nd.layer.(layers.InputGradAdder); !ok {
			for _, v := range nd.inputs {
				shares[v]++
			}
		}
		for _, p := range nd.layer.Params() {
			if p.Learned() {
				learned += 4 * LearnedCopies * float64(tensor.Size(p.Shape))
			}
		}
	}
	for v, k := range shares {
		c.Floats += float64(max(0, k-1)) * float64(tensor.Size(shapes[v]))
	}
	return TrainingCost{Learned: learned, Sample: 2*4*c.Floats + c.TableBytes, MultiplyAdds: 3 * c.MultiplyAdds}, nil
}

// SampleCost is about what one sample of shape in (without the batch) costs on its
// way through the network, in multiply-adds: a bound to check for a stranger's layer
// list before anything runs, since small weights can be applied very often. It fails
// as OutputShape does.
func (n *Net) SampleCost(in []int) (float64, error) {
	shapes, err := n.shapes(in)
	if err != nil {
		return 0, err
	}
	return n.cost(shapes).MultiplyAdds, nil
}

// Work is about how many floating-point operations one sample of the given
// shape costs in a forward pass: exact enough to decide how many threads pay off. It
// is 0 for a shape that the layers cannot take.
func (n *Net) Work(in []int) float64 {
	shapes, err := n.shapes(in)
	if err != nil {
		return 0
	}
	return n.cost(shapes).FLOPs
}

// HasBatchNorm reports whether a layer looks across the samples of a batch, and
// so cannot be trained on batches of one.
func (n *Net) HasBatchNorm() bool {
	return slices.ContainsFunc(n.nodes, func(nd node) bool {
		_, ok := nd.layer.(layers.BatchStatistics)
		return ok
	})
}

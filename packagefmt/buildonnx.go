package packagefmt

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/lower"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// onnxTolerance bounds the differences between parts of a graph that are computed in
// another order, relative to the largest output.
const onnxTolerance = 1e-4

// graphCut is a place where a graph is cut: the head behind it consists of layers.
type graphCut struct {
	onnx.Cut
	head    Network
	origins []string // what each of its layers was in the graph
	share   float64  // of the parameters, 0 to 1
}

// splitGraph cuts a graph into an encoder, which stays ONNX, and a head of layers.
func (b *builder) splitGraph() (head, enc Network, err error) {
	net, err := b.model.ONNX.specialize(b.opts.Preprocessing.Shape)
	if err != nil {
		return head, enc, err
	}
	if err := b.checkAlone(); err != nil {
		return head, enc, err
	}
	groups, err := b.graphCuts(net)
	if err != nil {
		return head, enc, err
	}
	var why error
	for _, cuts := range groups {
		for i, failed := 0, 0; i < len(cuts) && failed < tries; i, failed = i+1, failed+1 {
			if b.ctx.Err() != nil {
				return head, enc, context.Cause(b.ctx)
			}
			c, enc, err := b.tryCut(net, cuts[i])
			if err == nil {
				b.reportGraph(c, net, why)
				b.origins.head = c.origins
				return c.head, enc, nil
			}
			if why == nil && cuts[i].Params > 0 {
				why = fmt.Errorf("behind %s: %w", cuts[i].Name, err)
			}
		}
	}
	if why == nil {
		return b.splitWhole()
	}
	return head, enc, fmt.Errorf("%w: the part of the graph behind no value can be trained as a head: %w", ErrNoSplit, why)
}

// splitWhole makes a head of all of a graph in front of which there is nothing, such as a LogisticRegression's: samples are their own
// embeddings then.
func (b *builder) splitWhole() (head, enc Network, err error) {
	layers, origins, err := b.model.ONNX.layered(b.opts.Preprocessing.Shape)
	if err != nil {
		return head, enc, fmt.Errorf("%w: nothing is in front of what the model learns, so no encoder would be left: put a step in front of it, such as "+
			"StandardScaler in a pipeline of scikit-learn's: %w", ErrNoSplit, err)
	}
	b.model.Network = layers
	if b.params, err = layerParams(layers); err != nil {
		return head, enc, err
	}
	head, enc, err = b.split()
	b.origins.cut(origins, b.report.FirstLayer)
	return head, enc, err
}

// tryCut cuts a graph at a place and checks the parts.
func (b *builder) tryCut(net *onnx.Net, at onnx.Cut) (c graphCut, enc Network, err error) {
	if c, err = b.headBehind(net, at); err != nil {
		return c, enc, err
	}
	front := net.Front(at)
	enc = Network{ONNX: &Graph{program: front.Program(), net: front}}
	return c, enc, b.checkCut(c.head, enc)
}

// layeredEncoder is an encoder that comes from a graph as layers, which a task's adapters need. It is
// the package's then, not the ONNX file: its layers' numbers are in the task's targets.
func (b *builder) layeredEncoder(head, enc Network) (Network, error) {
	layers, origins, err := enc.ONNX.layered(b.opts.Preprocessing.Shape)
	if err != nil {
		return enc, fmt.Errorf("a task's adapters need an encoder of layers: %w; "+
			"export the model without that node, or build the package without a task (a round of heads)", err)
	}
	b.origins.encoder = origins
	return layers, b.checkCut(head, layers)
}

// checkAlone compares the batch's outputs with those of samples alone: a graph may
// mix them, or fix the batch in a shape.
func (b *builder) checkAlone() error {
	net, err := b.model.executable(b.opts.Preprocessing.Shape)
	if err != nil {
		return err
	}
	size, classes := len(b.x.Data)/b.x.Shape[0], b.want.Shape[1]
	for i := range min(2, b.x.Shape[0]) {
		x := safetensors.Tensor{Shape: append([]int{1}, b.x.Shape[1:]...), Data: b.x.Data[i*size : (i+1)*size]}
		y, err := net.Forward(x)
		if err != nil {
			return err
		}
		if err := closeTo(b.want.Data[i*classes:(i+1)*classes], y.Data, onnxTolerance); err != nil {
			return fmt.Errorf("%w: a sample's outputs depend on the other samples of its batch: %w", ErrUnsupported, err)
		}
	}
	return nil
}

func closeTo(want, got []float32, tolerance float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d outputs instead of %d", len(got), len(want))
	}
	var largest, diff float64
	for i, w := range want {
		largest = max(largest, math.Abs(float64(w)))
		diff = max(diff, math.Abs(float64(w)-float64(got[i])))
	}
	if !(diff <= tolerance*largest) {
		return fmt.Errorf("they differ by %.3g", diff)
	}
	return nil
}

// tries bounds the places of a group that are tried in vain.
const tries = 64

// graphCuts lists the places where the graph may be cut in two groups, the best first: those
// with the wanted share of the parameters behind them, the shortest head first; then those
// with less, the longest first.
func (b *builder) graphCuts(net *onnx.Net) (groups [2][]onnx.Cut, err error) {
	all := net.Cuts()
	o := b.opts.Split
	if o.Strategy == SplitKit || !(o.Ratio > 0 && o.Ratio <= 1) {
		return groups, fmt.Errorf("%w: strategy %q and ratio %v: a graph is cut by a ratio in (0, 1] or at a name", ErrNoSplit, o.Strategy, o.Ratio)
	}
	if o.Strategy == SplitExplicit {
		i := slices.IndexFunc(all, func(c onnx.Cut) bool { return c.Name == o.FirstName })
		if i < 0 {
			return groups, fmt.Errorf("%w: everything passes through no value named %q; it does through %s", ErrNoSplit, o.FirstName, names(all))
		}
		groups[0] = all[i : i+1]
		return groups, nil
	}
	least := o.Ratio * float64(net.Params())
	short := slices.IndexFunc(all, func(c onnx.Cut) bool { return float64(c.Params) < least })
	if short < 0 {
		short = len(all)
	}
	groups[0], groups[1] = slices.Clone(all[:short]), all[short:]
	slices.Reverse(groups[0])
	return groups, nil
}

// names lists the last places of a graph.
func names(cuts []onnx.Cut) (list []string) {
	for _, c := range cuts[max(0, len(cuts)-16):] {
		list = append(list, c.Name)
	}
	return list
}

// headBehind makes layers of what lies behind a place, and checks the bounds.
func (b *builder) headBehind(net *onnx.Net, c onnx.Cut) (graphCut, error) {
	dim := 1
	for _, d := range c.Shape {
		dim *= d
	}
	if size := int64(min(b.test.Len(), b.opts.Limit)) * 4 * int64(dim); size > defaultLimits.Embeddings {
		return graphCut{}, fmt.Errorf("embeddings of %d features would take %d bytes, at most %d", dim, size, defaultLimits.Embeddings)
	}
	if c.Params == 0 {
		return graphCut{}, errors.New("no parameters")
	}
	if size := 4 * int64(c.Params); size > defaultLimits.Weights {
		return graphCut{}, fmt.Errorf("%d parameters take %d bytes, and readers take at most %d in %s", c.Params, size, defaultLimits.Weights, HeadFile)
	}
	low, err := lower.Tail(net, c)
	if err != nil {
		return graphCut{}, err
	}
	g := graphCut{Cut: c, head: networkOf(low), origins: low.Origins, share: float64(c.Params) / float64(net.Params())}
	head, err := g.head.net()
	if err != nil {
		return graphCut{}, err
	}
	_, err = checkCost(head, []int{dim}, sampleCost{maxHeadBytes, maxHeadCost})
	return g, err
}

// checkCut compares head(encoder(x)) with model(x) on the real samples.
func (b *builder) checkCut(head, enc Network) error {
	e, err := newEncoder(enc, b.opts.Preprocessing)
	if err != nil {
		return err
	}
	features, err := e.run(b.x)
	if err != nil {
		return err
	}
	net, err := head.net()
	if err != nil {
		return err
	}
	got, err := net.Forward(features)
	if err != nil {
		return err
	}
	if err := closeTo(b.want.Data, got.Data, onnxTolerance); err != nil {
		return fmt.Errorf("head(encoder(x)) is not model(x): %w", err)
	}
	return nil
}

func (b *builder) reportGraph(c graphCut, net *onnx.Net, why error) {
	b.report.Strategy, b.report.Rule = b.opts.Split.Strategy, fmt.Sprintf("behind %s: the shortest tail of at least %.4g %% of the parameters that is made of layers", c.Name, 100*b.opts.Split.Ratio)
	if c.share < b.opts.Split.Ratio {
		b.report.Rule = fmt.Sprintf("behind %s: the longest tail that is made of layers", c.Name)
		b.note("the head has %.2g %% of the parameters, less than the wanted %.4g %%: a longer one cannot be trained%s", 100*c.share, 100*b.opts.Split.Ratio, because(why))
		if beside := net.Beside(int(b.opts.Split.Ratio * float64(net.Params()))); len(beside) > 1 {
			b.note("nowhere before does everything pass through one value: %s pass side by side, such as a padding mask beside the tokens. Export the model without the mask, "+
				"if it does without, its texts padded to one length; or make a data round of it (Task, --task of the app), whose adapters reach every layer", strings.Join(beside, " and "))
		}
		if b.model.ONNX.program.Single() {
			b.note("the file fixes the batch at 1, so that one cannot tell it from other dimensions of 1: exported with a free batch (dynamic_axes) the head may be longer")
		}
	}
	b.report.WantedLayer, b.report.FirstLayer = c.Node(), c.Node()
	b.report.HeadParams, b.report.TotalParams, b.report.Ratio = c.Params, net.Params(), c.share
}

func because(why error) string {
	if why == nil {
		return ""
	}
	return fmt.Sprintf(" (%v)", why)
}

package packagefmt

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Models of Keras and scikit-learn end in probabilities, and some of PyTorch's. Heads end in what these are made of: no answer
// changes, but training makes probabilities in its loss, and of those of probabilities a head learns next to nothing.

const scoresNote = "the model's last step makes probabilities of its scores, and is not in the head: it changes no answer, and training does it in its loss"

// toScores takes a graph without its last steps, if these make probabilities of scores, and tells what is done to samples in front of it.
func (b *builder) toScores(net executable) error {
	graph, ok := net.(onnxNet)
	if !ok {
		return nil
	}
	if how := graph.net.Turned(); how != "" {
		b.note("the model takes pictures in another form than the data has, %v: in the package they are %s", b.opts.Preprocessing.Shape, how)
	}
	scores := graph.net.Scores()
	if scores == nil {
		return nil
	}
	g := &Graph{program: scores}
	net, err := g.executable(b.opts.Preprocessing.Shape)
	if err != nil {
		return err
	}
	got, err := net.Forward(b.x)
	if err != nil {
		return err
	}
	if !sameAnswers(b.want, got) {
		return nil
	}
	b.model.ONNX, b.want = g, got
	b.note(scoresNote)
	return nil
}

// sameAnswers reports whether the largest number of each row of got is the largest of want, too, but for what rounding makes equal.
func sameAnswers(want, got safetensors.Tensor) bool {
	if !slices.Equal(want.Shape, got.Shape) || got.Check() != nil {
		return false
	}
	classes := want.Shape[1]
	for lo := 0; lo < len(want.Data); lo += classes {
		row, scores := want.Data[lo:lo+classes], got.Data[lo:lo+classes]
		most := slices.Max(row)
		if row[slices.Index(scores, slices.Max(scores))] < most-onnxTolerance*max(most, -most) {
			return false
		}
	}
	return true
}

// withoutSoftmax is a head of layers without a Softmax as its last one.
func (b *builder) withoutSoftmax(head Network) Network {
	last := len(head.Layers) - 1
	if last < 1 || head.Layers[last].Type != "Softmax" || head.Inputs != nil && !slices.Equal(head.Inputs[last], []int{last}) {
		return head
	}
	b.note(scoresNote)
	head.Layers = head.Layers[:last]
	if head.Inputs != nil {
		head.Inputs = head.Inputs[:last]
	}
	return head
}

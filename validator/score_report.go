package validator

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Report is what [Evaluate] finds out about a head beyond its accuracy.
type Report struct {
	Accuracy  uint32    // hundredths of a percent, as it is scored
	Loss      float64   // cross-entropy in nats, mean over the samples
	Confusion [][]int   // [label][answer], how many samples
	Precision []float64 // by class: the share of its answers that were right; 0 where it never answered so
	Recall    []float64 // by class: the share of its samples that were found; 0 where there were none
}

// Evaluate measures a head on the test split as [Accuracy] does, and fails as it
// does.
func Evaluate(head packagefmt.Network, embeddings safetensors.Tensor, labels []int, limit int) (Report, error) {
	y, classes, labels, err := answers(head, embeddings, labels, limit)
	if err != nil {
		return Report{}, err
	}
	r := Report{Precision: make([]float64, classes), Recall: make([]float64, classes)}
	for range classes {
		r.Confusion = append(r.Confusion, make([]int, classes))
	}
	correct := 0
	for i, l := range labels {
		row := y[i*classes:][:classes]
		a := nn.Argmax(row)
		r.Confusion[l][a]++
		r.Loss += nn.CrossEntropy(row, l) / float64(len(labels))
		if a == l {
			correct++
		}
	}
	r.Accuracy = hundredths(correct, len(labels))
	for c := range classes {
		of, as := 0, 0
		for d := range classes {
			of += r.Confusion[c][d]
			as += r.Confusion[d][c]
		}
		r.Precision[c], r.Recall[c] = share(r.Confusion[c][c], as), share(r.Confusion[c][c], of)
	}
	return r, nil
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// hundredths is ⌊10,000·correct/total⌋.
func hundredths(correct, total int) uint32 { return uint32(10_000 * correct / total) }

// answers runs a head over the split and checks both: outputs [n, classes] and
// the labels they belong to.
func answers(head packagefmt.Network, embeddings safetensors.Tensor, labels []int, limit int) (y []float32, classes int, _ []int, err error) {
	x, labels, err := testSplit(embeddings, labels, limit)
	if err != nil {
		return nil, 0, nil, err
	}
	net, err := nn.New(specs(head.Layers), head.Weights)
	if err != nil {
		return nil, 0, nil, fmt.Errorf("%w: %w", ErrInvalidHead, err)
	}
	out, err := net.OutputShape(x.Shape[1:])
	if err != nil {
		return nil, 0, nil, fmt.Errorf("%w: %w", ErrInvalidHead, err)
	}
	if len(out) != 1 {
		return nil, 0, nil, fmt.Errorf("%w: outputs of shape %v are not one number per class", ErrInvalidHead, out)
	}
	for i, l := range labels {
		if l >= out[0] {
			return nil, 0, nil, fmt.Errorf("%w: sample %d has label %d, but the head answers with classes 0 to %d", ErrInvalidHead, i, l, out[0]-1)
		}
	}
	t, err := net.Forward(x)
	if err != nil {
		return nil, 0, nil, fmt.Errorf("%w: %w", ErrInvalidHead, err)
	}
	for _, v := range t.Data {
		if v-v != 0 {
			return nil, 0, nil, fmt.Errorf("%w: an output is %v: weights are too large", ErrInvalidHead, v)
		}
	}
	return t.Data, out[0], labels, nil
}

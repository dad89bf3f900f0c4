package validator

import (
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// maxConfusion bounds the classes of a confusion matrix: 32 MiB.
const maxConfusion = 2048

// Report is what [Evaluate] measures of a head.
type Report struct {
	Accuracy  uint32    // hundredths of a percent, as in a round
	Loss      float64   // cross-entropy in nats, mean over the samples
	Confusion [][]int   // [label][answer], how many samples
	Precision []float64 // by class: the share of its answers that were right; 0 if it was never answered
	Recall    []float64 // by class: the share of its samples that were found; 0 if it has none
}

// Evaluate measures a head on the test split as [Accuracy] does, and fails as it
// does; it also fails on a head of more than 2,048 classes.
func Evaluate(ctx context.Context, head packagefmt.Network, embeddings safetensors.Tensor, labels []int, limit int) (Report, error) {
	s, err := newSplit(Test{Embeddings: embeddings, Labels: labels, Limit: limit})
	if err != nil {
		return Report{}, err
	}
	o, err := s.outputsOf(head)
	if err != nil {
		return Report{}, err
	}
	if o.classes > maxConfusion {
		return Report{}, fmt.Errorf("%d classes are too many for a confusion matrix, at most %d: call Accuracy instead", o.classes, maxConfusion)
	}
	r := Report{Precision: make([]float64, o.classes), Recall: make([]float64, o.classes)}
	for range o.classes {
		r.Confusion = append(r.Confusion, make([]int, o.classes))
	}
	correct := 0
	err = o.forEach(ctx, steadyChunks, func(output []float32, label int) {
		a := nn.Argmax(output)
		r.Confusion[label][a]++
		r.Loss += nn.CrossEntropy(output, label) / float64(len(s.labels))
		if a == label {
			correct++
		}
	})
	if err != nil {
		return Report{}, err
	}
	r.Accuracy = hundredths(correct, len(s.labels))
	for c := range o.classes {
		labelled, answered := 0, 0
		for d := range o.classes {
			labelled += r.Confusion[c][d]
			answered += r.Confusion[d][c]
		}
		r.Precision[c], r.Recall[c] = share(r.Confusion[c][c], answered), share(r.Confusion[c][c], labelled)
	}
	return r, nil
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

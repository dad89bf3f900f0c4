// Package validator scores heads as every validator must ([ScoreSubmission]):
// the same head, embeddings and labels give the same number everywhere.
package validator

import (
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

var (
	// ErrTest is wrapped by errors about the test split: embeddings and labels
	// that do not belong together, or an empty split. They are the validator's
	// or the creator's fault, never the submission's.
	ErrTest = errors.New("test split")
	// ErrInvalidHead is wrapped by errors about a head that cannot be scored:
	// it scores 0.
	ErrInvalidHead = errors.New("invalid head")
)

// Accuracy is the share of samples whose largest output is their label's, in
// hundredths of a percent: ⌊10,000·correct/total⌋ (8,512 = 85.12 %). Equal
// outputs count for the lower class. Embeddings are [n, dim] in the order of
// the labels; limit > 0 takes the first so many samples only.
//
// It fails with [ErrTest] where the split is at fault, and with
// [ErrInvalidHead] where the head is: weights or layers that do not fit, NaN,
// or weights so large that an output is no finite number.
func Accuracy(head packagefmt.Network, embeddings safetensors.Tensor, labels []int, limit int) (uint32, error) {
	y, classes, labels, err := answers(head, embeddings, labels, limit)
	if err != nil {
		return 0, err
	}
	correct := 0
	for i, l := range labels {
		if nn.Argmax(y[i*classes:][:classes]) == l {
			correct++
		}
	}
	return hundredths(correct, len(labels)), nil
}

// testSplit checks the split and cuts it to the limit.
func testSplit(x safetensors.Tensor, labels []int, limit int) (safetensors.Tensor, []int, error) {
	n := len(labels)
	if n == 0 {
		return x, nil, fmt.Errorf("%w: there are no samples", ErrTest)
	}
	if limit < 0 {
		return x, nil, fmt.Errorf("%w: a limit of %d samples", ErrTest, limit)
	}
	if len(x.Shape) < 2 || x.Shape[0] != n || len(x.Data)%n != 0 {
		return x, nil, fmt.Errorf("%w: %d labels for embeddings of shape %v (%d values): is it the split the package was built from?", ErrTest, n, x.Shape, len(x.Data))
	}
	size := len(x.Data) / n
	for i, v := range x.Data {
		if v-v != 0 {
			return x, nil, fmt.Errorf("%w: embedding %d holds %v", ErrTest, i/size, v)
		}
	}
	for i, l := range labels {
		if l < 0 {
			return x, nil, fmt.Errorf("%w: sample %d has label %d", ErrTest, i, l)
		}
	}
	if limit > 0 && limit < n {
		n = limit
	}
	shape := append([]int{n}, x.Shape[1:]...)
	return safetensors.Tensor{Shape: shape, Data: x.Data[:n*size]}, labels[:n], nil
}

func specs(layers []packagefmt.Layer) []nn.Spec {
	s := make([]nn.Spec, len(layers))
	for i, l := range layers {
		s[i] = nn.Spec(l)
	}
	return s
}

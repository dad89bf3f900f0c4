package validator

import (
	"context"
	"errors"

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
// the labels; only the first limit samples are scored, or all if limit is 0.
//
// It fails with [ErrTest] if the split is at fault, with [ErrInvalidHead] if the
// head is (weights or layers that do not fit, NaN, or weights so large that an
// output is not finite), and with the context's cause soon after that is done: it
// checks between chunks of about a tenth of a second.
func Accuracy(ctx context.Context, head packagefmt.Network, embeddings safetensors.Tensor, labels []int, limit int) (uint32, error) {
	s, err := newSplit(Test{Embeddings: embeddings, Labels: labels, Limit: limit})
	if err != nil {
		return 0, err
	}
	m, err := s.mark(ctx, head, steadyChunks)
	return m.accuracy, err
}

// mark is what a head answers on a split, in short.
type mark struct {
	accuracy uint32
	correct  int
	answers  digest
}

func (s split) mark(ctx context.Context, head packagefmt.Network, next chunks) (m mark, err error) {
	o, err := s.outputsOf(head)
	if err != nil {
		return mark{}, err
	}
	i := 0
	err = o.forEach(ctx, next, func(output []float32, label int) {
		answer := nn.Argmax(output)
		if answer == label {
			m.correct++
		}
		m.answers.add(i, answer)
		i++
	})
	if err != nil {
		return mark{}, err
	}
	m.accuracy = hundredths(m.correct, len(s.labels))
	return m, nil
}

// hundredths is ⌊10,000·correct/total⌋.
func hundredths(correct, total int) uint32 { return uint32(10_000 * correct / total) }

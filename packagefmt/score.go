package packagefmt

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// score computes the base accuracy: argmax, ties to the lower class. A misread
// model (its forward() does more than its children do) shows here.
func (b *builder) score(head Network, x safetensors.Tensor, labels []int) error {
	net, err := head.net()
	if err != nil {
		return err
	}
	out, err := net.Forward(x)
	if err != nil {
		return err
	}
	if err := out.Check(); err != nil {
		return fmt.Errorf("%w: the head's output: %w", ErrInvalid, err)
	}
	classes, correct := out.Shape[1], 0
	for i, label := range labels {
		row := out.Data[i*classes : (i+1)*classes]
		best := 0
		for c, v := range row {
			if v > row[best] {
				best = c
			}
		}
		if best == label {
			correct++
		}
	}
	b.report.Accuracy = uint32(10_000 * correct / len(labels))
	b.report.Majority = majority(labels)
	if len(labels) >= 100 && correct*classes*10 <= len(labels)*12 {
		b.note("the model is right on %d of %d test samples, no better than guessing among %d classes: check the preprocessing, "+
			"the order of the labels, and that the layers that were read are the model's", correct, len(labels), classes)
	}
	return nil
}

// majority returns the share of the most frequent label, in hundredths of a
// percent.
func majority(labels []int) uint32 {
	counts, most := map[int]int{}, 0
	for _, l := range labels {
		counts[l]++
		most = max(most, counts[l])
	}
	return uint32(10_000 * most / len(labels))
}

package packagefmt

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Limits on the memory and compute of a stranger's layers: few weights can cost
// a lot.
const (
	// maxEncoderBytes bounds the memory of one sample in the encoder.
	maxEncoderBytes = 512 << 20
	// maxHeadBytes bounds the memory of one sample in the head.
	maxHeadBytes = 16 << 20
	// batchBytes is the memory that a batch should use.
	batchBytes = 64 << 20

	// maxEncoderCost bounds the multiply-adds of one sample in the encoder.
	// BERT-base needs 60·10⁹ for 512 tokens, VGG-19 20·10⁹ for 224×224 pixels.
	// At the limit a sample takes a few seconds.
	maxEncoderCost = 1 << 37
	// maxHeadCost bounds those of one sample in the head, which every validator
	// runs for every submission: VGG-16's classifier, as large as heads get,
	// needs half. At the limit a sample takes about a tenth of a second.
	maxHeadCost = 1 << 28
	// batchCost is the multiply-adds that a batch should use: under a second,
	// because a caller who cancels waits for the batch to end.
	batchCost = 1 << 32

	// maxClasses bounds a head's outputs; ImageNet-21k has 21,841 classes.
	maxClasses = 1 << 15
	// spareClasses are the outputs that a head may have on a data set of fewer
	// classes: ImageNet's 1,000 are often left as they are.
	spareClasses = 1000
)

// sampleCost is what one sample takes to run through a network.
type sampleCost struct {
	bytes int     // of memory, between the layers
	ops   float64 // multiply-adds
}

// checkCost returns what one sample of the given shape takes; an error if it is
// more than limit.
func checkCost(net executable, shape []int, limit sampleCost) (sampleCost, error) {
	bytes, err := net.SampleBytes(shape)
	if err != nil {
		return sampleCost{}, err
	}
	ops, err := net.SampleCost(shape)
	if err != nil {
		return sampleCost{}, err
	}
	if bytes > limit.bytes {
		return sampleCost{}, fmt.Errorf("a sample takes %d bytes between the layers, at most %d", bytes, limit.bytes)
	}
	if ops > limit.ops {
		return sampleCost{}, fmt.Errorf("a sample takes %.3g multiply-adds, at most %.3g", ops, limit.ops)
	}
	return sampleCost{bytes, ops}, nil
}

// checkSizes refuses parts of a model that readers of a package refuse, before hours are
// spent on it.
func checkSizes(head, enc Network, omitEncoder bool) error {
	for _, part := range []struct {
		what   string
		weight int64
	}{{"head", head.weightBytes()}, {"encoder", enc.weightBytes()}} {
		if part.weight > defaultLimits.Weights && !(omitEncoder && part.what == "encoder") {
			return fmt.Errorf("%w: the %s's weights take %d bytes, and readers take at most %d (Limits.Weights): cut the model elsewhere, or take a smaller one",
				ErrUnsupported, part.what, part.weight, defaultLimits.Weights)
		}
	}
	return nil
}

// weightBytes is how many bytes a network's weights take in a file.
func (n Network) weightBytes() (sum int64) {
	for _, w := range n.Weights {
		sum += 4 * int64(len(w.Data))
	}
	if n.ONNX != nil {
		sum += n.ONNX.program.Bytes()
	}
	return sum
}

// batch returns how many samples of this cost to run at once, at most n.
func (c sampleCost) batch(n int) int {
	return max(1, min(n, batchBytes/max(c.bytes, 1), int(min(batchCost/max(c.ops, 1), float64(n)))))
}

// checkClasses compares the number of a head's outputs with the classes that
// the package names, or else with those of a known data set.
func (p *Package) checkClasses(classes int) error {
	named := 0
	if pre := p.Config.Preprocessing; pre != nil {
		named = len(pre.Classes)
	}
	switch id, known := p.Dataset(); {
	case classes > maxClasses:
		return fmt.Errorf("%w: the head has %d outputs, at most %d", ErrInvalid, classes, maxClasses)
	case named > 0 && named != classes:
		return fmt.Errorf("%w: %d classes are named, the head has %d outputs", ErrInvalid, named, classes)
	case named == 0 && known && tooMany(classes, id.Info()):
		return fmt.Errorf("%w: the head has %d outputs, %s has %d classes: if that is intended, list the classes in the preprocessing", ErrInvalid, classes, id, id.Info().Classes)
	}
	return nil
}

func tooMany(classes int, info dataset.Info) bool {
	return info.Classes > 1 && classes > max(info.Classes, spareClasses)
}

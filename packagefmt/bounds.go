package packagefmt

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/nn"
)

// Bounds on what a stranger's layers may take, whatever their weights weigh.
const (
	// maxEncoderBytes bounds one sample on its way through the encoder.
	maxEncoderBytes = 512 << 20
	// maxHeadBytes bounds one sample on its way through the head.
	maxHeadBytes = 16 << 20
	// batchBytes is what a batch should take.
	batchBytes = 64 << 20

	// maxEncoderCost bounds the multiply-adds of one sample in the encoder.
	// BERT-base takes 60·10⁹ for 512 tokens, VGG-19 20·10⁹ for 224×224 pixels. At
	// the bound a sample takes some seconds.
	maxEncoderCost = 1 << 37
	// maxHeadCost bounds those of one sample in the head, which every validator
	// runs for every submission: VGG-16's classifier, as large as heads get, takes
	// half. At the bound a sample takes about a tenth of a second.
	maxHeadCost = 1 << 28
	// batchCost is what a batch should take: under a second, for a caller who
	// gives up waits for it.
	batchCost = 1 << 32

	// maxClasses bounds a head's outputs; ImageNet-21k has 21,841 classes.
	maxClasses = 1 << 15
	// spareClasses are the outputs that a head may have on a data set of fewer
	// classes: ImageNet's 1,000 are often left as they are.
	spareClasses = 1000
)

// load is what one sample takes on its way through a network.
type load struct {
	bytes int
	cost  float64 // multiply-adds
}

// bounded holds a network to a bound on one sample of the given shape.
func bounded(net *nn.Net, shape []int, most load) (load, error) {
	bytes, err := net.SampleBytes(shape)
	if err != nil {
		return load{}, err
	}
	cost, err := net.SampleCost(shape)
	if err != nil {
		return load{}, err
	}
	if bytes > most.bytes {
		return load{}, fmt.Errorf("a sample takes %d bytes between the layers, at most %d", bytes, most.bytes)
	}
	if cost > most.cost {
		return load{}, fmt.Errorf("a sample takes %.3g multiply-adds, at most %.3g", cost, most.cost)
	}
	return load{bytes, cost}, nil
}

// batch is how many samples of a load may be run at once, at most n.
func (l load) batch(n int) int {
	return max(1, min(n, batchBytes/max(l.bytes, 1), int(min(batchCost/max(l.cost, 1), float64(n)))))
}

// checkClasses holds a head's outputs to the classes that the package names or
// its data set is known to have.
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
		return fmt.Errorf("%w: the head has %d outputs, %s has %d classes: name the classes if it is so", ErrInvalid, classes, id, id.Info().Classes)
	}
	return nil
}

func tooMany(classes int, info dataset.Info) bool {
	return info.Classes > 1 && classes > max(info.Classes, spareClasses)
}

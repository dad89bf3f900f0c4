package fit

import (
	"errors"
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
)

// AdapterCost is what training an adapter takes, known before memory is allocated for it: of a small model it can be large, where
// the rank is high.
type AdapterCost struct {
	// Bytes is the memory that it takes besides the model and the samples, about: the adapter with its gradients, the optimizer's
	// moments and the copies that are made of it, what is between the layers of the samples of a step, and what is kept of
	// the model's part before the first adapter.
	Bytes int64
	// MultiplyAdds are those of one step, about.
	MultiplyAdds float64
}

// heldCopies is how many times an adapter is held beside its training: at the start, as the result, and in the model that is
// evaluated with it.
const heldCopies = 3

// CostOfAdapter is what [TrainAdapter] takes with so many samples of shape (without the batch), batch of them in a step. It
// fails as TrainAdapter does where the adapter does not fit the model, or the samples do not.
func CostOfAdapter(model packagefmt.Model, config lora.Config, shape []int, samples, batch int) (AdapterCost, error) {
	net, err := network(model)
	if err != nil {
		return AdapterCost{}, err
	}
	if err := config.Check(); err != nil {
		return AdapterCost{}, err
	}
	list, err := config.Shapes(net, model.Names)
	if err == nil {
		err = net.AdaptShapes(list)
	}
	if errors.Is(err, nn.ErrAdapter) {
		return AdapterCost{}, fmt.Errorf("%w: %w", lora.ErrInvalid, err)
	}
	if err != nil {
		return AdapterCost{}, err
	}
	of, err := net.TrainingCost(shape)
	if err != nil {
		return AdapterCost{}, fmt.Errorf("%w: %w", ErrSamples, err)
	}
	front, _, out, err := divide(net, shape)
	if err != nil {
		return AdapterCost{}, err
	}
	kept := int64(0)
	if front != nil {
		kept = min(keptBytes, keeping(samples, out))
	}
	bytes := of.Learned*(1+heldCopies/nn.LearnedCopies) + float64(batch)*of.Sample
	return AdapterCost{Bytes: kept + int64(min(bytes, math.MaxInt64/2)), MultiplyAdds: float64(batch) * of.MultiplyAdds}, nil
}

package fit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/lowrank"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// AdapterOptions says how [TrainAdapter] trains. The zero value is usable: one pass over the
// samples with Adam at 0.001 in batches of 32.
type AdapterOptions struct {
	// Steps is the number of optimizer steps, whatever the number of samples. Default 0: one pass.
	// The passes, each in an order of its own, lie one behind the other, and every step takes the
	// next BatchSize samples, so that a step may hold the end of one pass and the beginning of
	// the next.
	Steps int
	// BatchSize is the number of samples in a step. Default 32.
	BatchSize int
	// LearningRate of the optimizer. Default 0.001.
	LearningRate float64
	// Optimizer. Default Adam, with PyTorch's β 0.9 and 0.999 and ε 1e-8.
	Optimizer Optimizer
	// WeightDecay is λ, as PyTorch's optimizer of that name uses it, of A and B. Default 0.
	WeightDecay float64
	// Schedule changes the learning rate from step to step. Default constant. [Constant] and
	// [Linear] have the same bits on every processor; the others need not.
	Schedule Schedule
	// ClipNorm is the largest Euclidean norm of all gradients together. Default 0: any.
	ClipNorm float64
	// Seed decides A and B at the start, the order of the samples and the dropout masks.
	Seed uint64
	// Threads is the largest number of threads to use; the result does not depend on it.
	// Default 0: as many as Go uses.
	Threads int
	// Start is the adapter to go on from. Default nil: a new one, which changes nothing
	// ([lora.New] with Seed).
	Start *lora.Adapter
	// OnStep, if set, is called after every step with its number, from 1, and its loss.
	OnStep func(step int, loss float64)
	// Now is the clock for AdapterResult.Duration. Default time.Now.
	Now func() time.Time
}

// AdapterResult describes a finished training.
type AdapterResult struct {
	// Losses are the mean cross-entropy of each step before it, in nats.
	Losses []float64
	// Samples were seen, counted once per step that they were in.
	Samples int
	// Duration of the training.
	Duration time.Duration
}

// Ignore is the label of a token that is not to be predicted: it counts in no loss.
const Ignore = nn.Ignore

// TrainAdapter trains a low-rank adapter of the whole model on x [n, …] with labels y and returns it;
// the model stays as it is. If the model gives one row of outputs for a sample, y has n labels; if
// it gives one for each token, as a language model, y has n·tokens, [Ignore] where a token is
// not to be predicted; a sample without any label is left out.
//
// The model is frozen and behaves as in eval: its own dropouts drop nothing, the statistics of its
// BatchNorms stay. What comes before the first adapter is computed once for every sample.
//
// The same model, samples, configuration and options give the same adapter to the last bit, on
// every processor and with any number of threads.
//
// It fails, without an adapter, if the options are out of range ([ErrOptions]), the configuration
// names what the model has not ([lora.ErrConfig]), the samples do not fit ([ErrSamples]), the loss or a
// weight is no longer finite ([ErrDiverged]) or ctx ends, which is noticed before the next step.
func TrainAdapter(ctx context.Context, model packagefmt.Model, config lora.Config, x safetensors.Tensor, y []int, opts AdapterOptions) (lora.Adapter, AdapterResult, error) {
	o, err := opts.options()
	if err != nil {
		return lora.Adapter{}, AdapterResult{}, err
	}
	begun := o.Now()
	t, err := newAdapting(model, config, x, y, opts, o)
	if err != nil {
		return lora.Adapter{}, AdapterResult{}, err
	}
	defer t.close()
	if err := t.run(ctx); err != nil {
		return lora.Adapter{}, AdapterResult{}, err
	}
	if err := t.net.CheckFinite(); err != nil {
		return lora.Adapter{}, AdapterResult{}, fmt.Errorf("%w: %w", ErrDiverged, err)
	}
	t.result.Duration = o.Now().Sub(begun)
	w, err := config.Weights(t.base, model.Names, t.net.Adapters())
	return lora.Adapter{Config: config, Weights: w}, t.result, err
}

// options are those that both trainings have, with their defaults.
func (o AdapterOptions) options() (Options, error) {
	if o.Steps < 0 || o.Steps > maxSteps {
		return Options{}, fmt.Errorf("%w: Steps is %d, want 0 to %d", ErrOptions, o.Steps, maxSteps)
	}
	return Options{
		BatchSize: o.BatchSize, LearningRate: o.LearningRate, Optimizer: o.Optimizer, WeightDecay: o.WeightDecay,
		Schedule: o.Schedule, ClipNorm: o.ClipNorm, Seed: o.Seed, Threads: o.Threads, Now: o.Now,
	}.withDefaults()
}

// maxSteps bounds a training.
const maxSteps = 1 << 24

// adapting is one call of TrainAdapter under way.
type adapting struct {
	opts    Options
	onStep  func(step int, loss float64)
	base    *nn.Net // without adapters
	net     *nn.Net // with them
	trainer *nn.Trainer
	order   order
	steps   int
	x       safetensors.Tensor // the samples, or what the part before the first adapter makes of them
	y       []int
	rows    int // labels of a sample
	result  AdapterResult
}

func newAdapting(model packagefmt.Model, config lora.Config, x safetensors.Tensor, y []int, opts AdapterOptions, o Options) (*adapting, error) {
	t := &adapting{opts: o, onStep: opts.OnStep, x: x, y: y, steps: opts.Steps}
	var err error
	if t.base, t.net, err = adapted(model, config, opts); err != nil {
		return nil, err
	}
	if err := t.checkSamples(); err != nil {
		return nil, err
	}
	if t.steps == 0 {
		t.steps = (len(t.order.samples) + o.BatchSize - 1) / o.BatchSize
	}
	return t, nil
}

// adapted is the model as a network, without adapters and with those of the start.
func adapted(model packagefmt.Model, config lora.Config, opts AdapterOptions) (base, net *nn.Net, err error) {
	start := opts.Start
	if start == nil {
		fresh, err := lora.New(model, config, opts.Seed)
		if err != nil {
			return nil, nil, err
		}
		start = &fresh
	}
	if base, err = network(model); err != nil {
		return nil, nil, err
	}
	if net, err = network(model); err != nil {
		return nil, nil, err
	}
	return base, net, adapt(net, model.Names, config, start.Weights)
}

func network(model packagefmt.Model) (*nn.Net, error) {
	if model.ONNX != nil {
		return nil, fmt.Errorf("%w: a model that is an ONNX graph has no layers to adapt: make them of it with its method Layered", lora.ErrUnsupported)
	}
	if err := model.Check(); err != nil {
		return nil, err
	}
	return nn.NewGraph(nn.Nodes(model.Layers, model.Inputs, model.Tied), model.Weights)
}

// adapt puts the adapters into the network.
func adapt(net *nn.Net, names []string, config lowrank.Config, weights map[string]safetensors.Tensor) error {
	list, err := config.Adapters(net, names, weights)
	if err == nil {
		err = net.Adapt(list)
	}
	if errors.Is(err, nn.ErrAdapter) {
		return fmt.Errorf("%w: %w", lora.ErrInvalid, err)
	}
	return err
}

// checkSamples checks x and y and finds the samples that have labels.
func (t *adapting) checkSamples() error {
	n := 0
	if len(t.x.Shape) > 0 {
		n = t.x.Shape[0]
	}
	if err := checkSamples(t.x, n); err != nil {
		return err
	}
	out, err := t.net.OutputShape(t.x.Shape[1:])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSamples, err)
	}
	if t.rows, err = checkTokens(t.y, n, out); err != nil {
		return err
	}
	t.order = order{seed: t.opts.Seed}
	for i := range n {
		if counted(t.y[i*t.rows:(i+1)*t.rows]) > 0 {
			t.order.samples = append(t.order.samples, i)
		}
	}
	if len(t.order.samples) == 0 {
		return fmt.Errorf("%w: no sample has a label", ErrSamples)
	}
	return nil
}

// checkTokens checks labels for outputs of the given shape, and returns how many a sample has.
func checkTokens(y []int, n int, out []int) (rows int, err error) {
	if len(out) != 1 && len(out) != 2 {
		return 0, fmt.Errorf("%w: outputs of shape %v are not one number per class, for a sample or for each of its tokens", ErrSamples, out)
	}
	rows = 1
	if len(out) == 2 {
		rows = out[0]
	}
	classes := out[len(out)-1]
	if len(y) != n*rows {
		return 0, fmt.Errorf("%w: %d labels for %d samples: want %d for each", ErrSamples, len(y), n, rows)
	}
	for i, l := range y {
		if l != Ignore && (l < 0 || l >= classes) {
			return 0, fmt.Errorf("%w: sample %d has label %d, but the model knows classes 0 to %d", ErrSamples, i/rows, l, classes-1)
		}
	}
	return rows, nil
}

func counted(labels []int) (n int) {
	for _, l := range labels {
		if l != Ignore {
			n++
		}
	}
	return n
}

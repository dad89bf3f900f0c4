package fit

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn"
)

// Options says how [Train] trains. The zero value is usable: one epoch of Adam at
// 0.001 over batches of 32.
type Options struct {
	// Epochs is how often every sample is seen. Default 1.
	Epochs int
	// BatchSize is the number of samples in a step. Default 32; the last batch
	// of an epoch may be smaller.
	BatchSize int
	// LearningRate of the optimizer. Default 0.001.
	LearningRate float64
	// MaxBatches ends each epoch after so many batches. Default 0: all.
	MaxBatches int
	// Seed decides the order of the samples, the held-out part, the dropout
	// masks and the weight noise. The same seed, options and data give the same
	// weights to the last bit on one machine, whatever the number of threads.
	Seed uint64
	// Threads is the largest number of threads to use. Default 0: as many as Go
	// uses (GOMAXPROCS). Small steps use fewer: their threads would wait for each
	// other for longer than they work.
	Threads int

	// Optimizer. Default Adam, with PyTorch's β 0.9 and 0.999 and ε 1e-8.
	Optimizer Optimizer
	// Momentum of SGD. Default 0.
	Momentum float64
	// Nesterov selects Nesterov's variant of SGD's momentum.
	Nesterov bool
	// WeightDecay is λ, as PyTorch's optimizer of that name uses it. Default 0.
	WeightDecay float64
	// Schedule changes the learning rate from step to step. Default constant.
	Schedule Schedule
	// ClipNorm is the largest Euclidean norm of all gradients together; larger
	// ones are scaled down to it. Default 0: any.
	ClipNorm float64
	// ClassWeights weigh each class in the loss, as PyTorch's CrossEntropyLoss
	// does. Default nil: all classes count the same.
	ClassWeights []float32
	// Prox is μ of FedProx: μ/2·‖w − w₀‖² is added to the loss, where w₀ is the
	// head passed in. It keeps a trainer with unusual data close to w₀. Default 0.
	Prox float64

	// HoldOut is the share of the samples, 0 … 0.9, that is not trained on but
	// measured on after every epoch; the head of the epoch with the lowest
	// held-out loss is returned. Default 0: none.
	HoldOut float64
	// Patience stops training after so many epochs in which the held-out loss
	// did not improve. Default 0: never. It needs HoldOut.
	Patience int
	// WeightNoise is the standard deviation of Gaussian noise that is added to
	// the trained weights, in units of their tensor's root mean square. It blurs
	// what the weights reveal, but promises no privacy.
	// Default 0.
	WeightNoise float64
	// Privacy, if set, releases the head with differential privacy: clipped and
	// with noise that Seed does not decide, so that no two releases are alike.
	// Default nil: no privacy is promised. It excludes WeightNoise.
	Privacy *Privacy

	// OnProgress, if set, is called after every batch from the goroutine that
	// called Train. A panic in it passes through Train to its caller.
	OnProgress func(Progress)
	// OnCheckpoint, if set, is called between batches with all that is needed to
	// continue from there; an error from it ends the training.
	OnCheckpoint func(Checkpoint) error
	// CheckpointEvery is the least time between two calls of OnCheckpoint, and from
	// the start to the first; each comes after the batch in which it is over, the
	// last one excepted. Default 0: after every epoch, the last one included.
	CheckpointEvery time.Duration
	// Resume continues from a checkpoint, with exactly the weights that training
	// without a stop gives. Samples, seed and the other options must be the same
	// as before.
	Resume *Checkpoint
	// Now is the clock for OnProgress and Result.Duration. Default time.Now.
	Now func() time.Time
}

// Optimizer is a way to change weights by their gradients.
type Optimizer int

const (
	// Adam is Kingma, Ba: "Adam: a method for stochastic optimization", 2015.
	Adam Optimizer = iota
	// AdamW is Adam with weight decay apart from the gradient.
	AdamW
	// SGD is stochastic gradient descent, with or without momentum.
	SGD
)

// String is the optimizer's name.
func (o Optimizer) String() string {
	switch o {
	case Adam:
		return "Adam"
	case AdamW:
		return "AdamW"
	case SGD:
		return "SGD"
	}
	return fmt.Sprintf("Optimizer(%d)", int(o))
}

// maxRate is the largest learning rate: more must be a typo.
const maxRate = 1e3

// Check returns an error ([ErrOptions]) about the first setting that is out of
// range or contradicts another, nil if there is none. [Train] begins with it.
func (o Options) Check() error {
	for _, v := range []struct {
		name     string
		value    float64
		low, top float64
	}{
		{"Epochs", float64(o.Epochs), 0, math.MaxInt32},
		{"BatchSize", float64(o.BatchSize), 0, math.MaxInt32},
		{"LearningRate", o.LearningRate, 0, maxRate},
		{"MaxBatches", float64(o.MaxBatches), 0, math.MaxInt32},
		{"Threads", float64(o.Threads), 0, 1024},
		{"Optimizer", float64(o.Optimizer), float64(Adam), float64(SGD)},
		{"Momentum", o.Momentum, 0, 1},
		{"WeightDecay", o.WeightDecay, 0, maxRate},
		{"ClipNorm", o.ClipNorm, 0, math.MaxFloat32},
		{"Prox", o.Prox, 0, maxRate},
		{"HoldOut", o.HoldOut, 0, 0.9},
		{"Patience", float64(o.Patience), 0, math.MaxInt32},
		{"WeightNoise", o.WeightNoise, 0, maxRate},
	} {
		if !(v.value >= v.low && v.value <= v.top) { // NaN too
			return fmt.Errorf("%w: %s is %v, want %v to %v", ErrOptions, v.name, v.value, v.low, v.top)
		}
	}
	for i, w := range o.ClassWeights {
		if !(w > 0 && w <= math.MaxFloat32) {
			return fmt.Errorf("%w: the weight of class %d is %v, want more than 0", ErrOptions, i, w)
		}
	}
	if o.Patience > 0 && o.HoldOut == 0 {
		return fmt.Errorf("%w: Patience needs HoldOut", ErrOptions)
	}
	if (o.Momentum > 0 || o.Nesterov) && o.Optimizer != SGD || o.Nesterov && o.Momentum == 0 {
		return fmt.Errorf("%w: Momentum is for SGD only, and Nesterov needs Momentum", ErrOptions)
	}
	if o.Privacy != nil && o.WeightNoise > 0 {
		return fmt.Errorf("%w: set Privacy or WeightNoise, not both: Privacy adds its own noise", ErrOptions)
	}
	return o.Privacy.check()
}

func (o Options) withDefaults() (Options, error) {
	if err := o.Check(); err != nil {
		return o, err
	}
	if o.Epochs == 0 {
		o.Epochs = 1
	}
	if o.BatchSize == 0 {
		o.BatchSize = 32
	}
	if o.LearningRate == 0 {
		o.LearningRate = 0.001
	}
	if o.Schedule == nil {
		o.Schedule = Constant
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// threadWork is how many floating-point operations of a step make a thread worth
// it: some 100 µs on assembly kernels. Threads wait for each other several times a
// step, a microsecond or two each time.
var threadWork = 1e7 // a variable for tests

// threads is the number of threads for steps of work floating-point operations.
func (o Options) threads(work float64) int {
	most := o.Threads
	if most == 0 {
		most = runtime.GOMAXPROCS(0)
	}
	worth := threadWork
	if kernel.Current() == kernel.Portable {
		worth /= 10 // the same operations take ten times as long
	}
	return max(1, int(min(work/worth, float64(most))))
}

// optimizer is the engine's.
func (o Options) optimizer() nn.Optimizer {
	if o.Optimizer == SGD {
		return &nn.SGD{Momentum: o.Momentum, Nesterov: o.Nesterov, WeightDecay: o.WeightDecay}
	}
	adam := nn.NewAdam()
	adam.WeightDecay, adam.Decoupled = o.WeightDecay, o.Optimizer == AdamW
	return adam
}

// config is the engine's configuration for batches of the given size, if the
// forward pass costs work operations a sample.
func (o Options) config(batch int, work float64) nn.TrainConfig {
	o.Threads = o.threads(3 * work * float64(batch)) // backward costs two forwards
	return nn.TrainConfig{
		Batch: batch, Threads: o.Threads, Seed: o.Seed, Optimizer: o.optimizer(),
		ClassWeights: o.ClassWeights, ClipNorm: o.ClipNorm, Prox: o.Prox,
	}
}

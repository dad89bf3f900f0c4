package aggregate

import (
	"fmt"
	"math"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Server is the kind of a server optimizer.
type Server string

// The server optimizers, under the names that a run's configuration has for them.
const (
	Average  Server = "average"  // weights += rate·step
	Momentum Server = "momentum" // FedAvgM (Hsu, Qi, Brown 2019): v = β·v + step, weights += rate·v
	FedAdam  Server = "fedadam"  // Reddi et al., ICLR 2021, algorithm 2, without bias correction
)

// Optimizer turns a step into the next model. The zero value is federated
// averaging: weights += step.
type Optimizer struct {
	Server       Server  // default Average
	LearningRate float64 // default 1, for FedAdam 0.01
	Beta1        float64 // in [0, 1): of Momentum and FedAdam, default 0.9
	Beta2        float64 // in [0, 1): of FedAdam, default 0.99
	Tau          float64 // over 0: FedAdam's adaptivity, default 0.001
}

// WithDefaults returns the optimizer with every setting that it uses.
func (o Optimizer) WithDefaults() Optimizer {
	or := func(v *float64, value float64) {
		if *v == 0 {
			*v = value
		}
	}
	switch o.Server {
	case "", Average:
		o.Server = Average
		or(&o.LearningRate, 1)
	case Momentum:
		or(&o.LearningRate, 1)
		or(&o.Beta1, 0.9)
	case FedAdam:
		or(&o.LearningRate, 0.01)
		or(&o.Beta1, 0.9)
		or(&o.Beta2, 0.99)
		or(&o.Tau, 0.001)
	}
	return o
}

// Check reports whether the optimizer can work.
func (o Optimizer) Check() error {
	o = o.WithDefaults()
	beta := func(b float64) bool { return b >= 0 && b < 1 }
	switch {
	case o.Server != Average && o.Server != Momentum && o.Server != FedAdam:
		return fmt.Errorf("%w: server optimizer %.40q is none of %s, %s, %s", ErrOptions, o.Server, Average, Momentum, FedAdam)
	case !(o.LearningRate > 0 && o.LearningRate <= math.MaxFloat32):
		return fmt.Errorf("%w: the server's learning rate is over 0, not %v", ErrOptions, o.LearningRate)
	case !beta(o.Beta1) || !beta(o.Beta2):
		return fmt.Errorf("%w: β is 0 or more and under 1, not %v or %v", ErrOptions, o.Beta1, o.Beta2)
	case !(o.Tau >= 0 && o.Tau <= math.MaxFloat32):
		return fmt.Errorf("%w: τ is over 0, not %v", ErrOptions, o.Tau)
	}
	return nil
}

// The parts of the optimizers' states, under which server.safetensors has a tensor
// for each learned weight.
const (
	velocity = "velocity/" // of Momentum
	first    = "first/"    // moment, of FedAdam
	second   = "second/"
)

// parts are those of this optimizer's state.
func (o Optimizer) parts() []string {
	switch o.Server {
	case Momentum:
		return []string{velocity}
	case FedAdam:
		return []string{first, second}
	}
	return nil
}

// Apply returns the model after a step that [Combine] made of changes of it. The
// optimizer must pass Check.
func (o Optimizer) Apply(model Model, step Step) Model {
	o = o.WithDefaults()
	next := Model{Head: packagefmt.Network{Layers: model.Head.Layers, Weights: map[string]safetensors.Tensor{}}, State: Step{}}
	for name, old := range model.Head.Weights {
		moves := step[name]
		if packagefmt.Learned(name) {
			moves = o.moves(model.State, next.State, name, step[name])
		}
		next.Head.Weights[name] = safetensors.Tensor{Shape: old.Shape, Data: moved(name, old.Data, moves)}
	}
	return next
}

// moves are what the optimizer adds to a weight for a step. It reads the old state
// and writes the new one.
func (o Optimizer) moves(old, state Step, name string, step []float64) []float64 {
	out := make([]float64, len(step))
	for _, part := range o.parts() {
		state[part+name] = make([]float64, len(step))
	}
	was := func(part string, i int) float64 {
		if values := old[part+name]; values != nil {
			return values[i]
		}
		return 0
	}
	for i, d := range step {
		switch o.Server {
		case Momentum:
			v := float64(o.Beta1*was(velocity, i)) + d
			state[velocity+name][i] = v
			out[i] = float64(o.LearningRate * v)
		case FedAdam:
			m := float64(o.Beta1*was(first, i)) + float64((1-o.Beta1)*d)
			v := float64(o.Beta2*was(second, i)) + float64((1-o.Beta2)*float64(d*d))
			state[first+name][i], state[second+name][i] = m, v
			out[i] = float64(o.LearningRate*m) / (math.Sqrt(v) + o.Tau)
		default:
			out[i] = float64(o.LearningRate * d)
		}
	}
	return out
}

// moved are weights plus moves as float32, kept within its range. A variance
// stays at least 0.
func moved(name string, weights []float32, moves []float64) []float32 {
	out := make([]float32, len(weights))
	least := -math.MaxFloat32
	if strings.HasSuffix(name, ".running_var") {
		least = 0
	}
	for i, w := range weights {
		out[i] = float32(min(max(float64(w)+moves[i], least), math.MaxFloat32))
	}
	return out
}

package demo

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
)

// NewPackage is an untrained network of 784 inputs, hidden layers of those sizes (default
// one of 32) and 10 outputs; all but its Flatten is the head, so that members train it
// whole.
func NewPackage(ctx context.Context, digits dataset.Sets, seed uint64, hidden ...int) (*packagefmt.Package, error) {
	if len(hidden) == 0 {
		hidden = []int{32}
	}
	rng := rand.New(rand.NewPCG(seed, 7))
	model := packagefmt.Model{Network: packagefmt.Network{Layers: []packagefmt.Layer{{Type: "Flatten"}}, Weights: map[string]safetensors.Tensor{}}}
	in := 784
	for _, out := range append(hidden, 10) {
		if in != 784 {
			model.Layers = append(model.Layers, packagefmt.Layer{Type: "ReLU"})
		}
		name := fmt.Sprintf("layers.%d.", len(model.Layers))
		model.Layers = append(model.Layers, packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}})
		model.Weights[name+"weight"] = random(rng, math.Sqrt(3/float64(in)), out, in)
		model.Weights[name+"bias"] = random(rng, 0, out)
		in = out
	}
	pkg, _, err := packagefmt.Build(ctx, model, digits.Test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Split: packagefmt.SplitOptions{Strategy: packagefmt.SplitExplicit, FirstLayer: 1},
	})
	return pkg, err
}

// random is a tensor of values between −size and size.
func random(rng *rand.Rand, size float64, shape ...int) safetensors.Tensor {
	n, _ := safetensors.Count(shape)
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(size) * (2*rng.Float32() - 1)
	}
	return safetensors.Tensor{Shape: shape, Data: data}
}

// steps of the run; rounds where members vote.
const steps = 8

// configuration is for rounds of some seconds.
func configuration(v run.Verification) config.File {
	f := config.Default()
	c := &f.Config
	c.WarmupTime, c.CooldownTime, c.RoundsPerEpoch = 15, 1, 2
	c.MaxRoundTrainTime, c.RoundWitnessTime, c.WaitingForMembersExtraTime = 4, 2, 1
	c.MinClients, c.InitMinClients, c.TotalSteps = 2, 5, steps
	c.GlobalBatchSizeStart, c.GlobalBatchSizeEnd = 3_200, 3_200
	c.MaxNorm, c.PruneAfter = 4, 3_600
	c.Verification = v.String()
	if v == run.Vote {
		c.Voters, c.MinStake, c.SlashBps = 1, stake/3, 1_000
	}
	f.Model.Head.LRSchedule.Constant = &config.Constant{BaseLR: 0.2}
	f.Model.Head.Optimizer.Sgd = &config.Sgd{}
	f.Model.Head.BatchSize = 32
	return f
}

const (
	stake   = 300_000_000   // lamports of each member, where members vote
	funding = 1_000_000_000 // lamports of the treasury
	earning = 50_000_000    // lamports of a finisher of an epoch
)

package demo

import (
	"context"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
)

// NewPackage is an untrained network of 784, 32 and 10 units; all but its Flatten is
// the head, so that members train it whole.
func NewPackage(ctx context.Context, digits dataset.Sets, seed uint64) (*packagefmt.Package, error) {
	rng := rand.New(rand.NewPCG(seed, 7))
	linear := func(in, out int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
	}
	weight := func(size float32, shape ...int) safetensors.Tensor {
		n, _ := safetensors.Count(shape)
		data := make([]float32, n)
		for i := range data {
			data[i] = size * (2*rng.Float32() - 1)
		}
		return safetensors.Tensor{Shape: shape, Data: data}
	}
	model := packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Flatten"}, linear(784, 32), {Type: "ReLU"}, linear(32, 10)},
		Weights: map[string]safetensors.Tensor{
			"layers.1.weight": weight(0.06, 32, 784), "layers.1.bias": weight(0, 32),
			"layers.3.weight": weight(0.3, 10, 32), "layers.3.bias": weight(0, 10),
		},
	}}
	pkg, _, err := packagefmt.Build(ctx, model, digits.Test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Split: packagefmt.SplitOptions{Strategy: packagefmt.SplitExplicit, FirstLayer: 1},
	})
	return pkg, err
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

// Command measure trains a model of the built-in digits by federated averaging, with
// every update encoded, decoded, judged and combined as a run does it, but without a
// chain: bytes a round and member against accuracy, for each encoding, aggregator
// and server optimizer. run/BENCH.md has its tables.
//
//	go run ./run/internal/measure [-rounds 20] [-members 6] [-alpha 0]
//	go run ./run/internal/measure -seeds 40 [-package DIR]
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/update"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// federation is what a row of a table is computed with.
type federation struct {
	name     string
	encoding update.Encoding
	options  aggregate.Options
	server   aggregate.Optimizer
	prox     float64
	half     bool   // half of the members in a round
	batches  int    // full ones of a round; 0: all samples
	seed     uint64 // of the shuffling
}

// batch is the number of samples in a step.
const batch = 32

type world struct {
	pkg    *packagefmt.Package
	labels []int // of the test set
	x      []safetensors.Tensor
	y      [][]int
	rounds int
}

func main() {
	rounds := flag.Int("rounds", 20, "rounds of one local epoch")
	members := flag.Int("members", 6, "members")
	alpha := flag.Float64("alpha", 0, "Dirichlet α of the shares' classes; 0: the same in all")
	seeds := flag.Int("seeds", 0, "instead of the table, so many seeds of the members' shuffling: the accuracies of the mean of float32")
	dir := flag.String("package", "", "`directory` of the package with the first weights; default: weights of its own")
	flag.Parse()
	w, err := newWorld(context.Background(), *dir, *rounds, *members, *alpha)
	if err != nil {
		log.Fatal(err)
	}
	if *seeds > 0 {
		if err := w.shuffle(context.Background(), *seeds); err != nil {
			log.Fatal(err)
		}
		return
	}
	fmt.Printf("%-28s %12s %9s\n", "", "bytes/round", "accuracy")
	for _, f := range table() {
		bytes, accuracy, err := w.run(context.Background(), f)
		if err != nil {
			log.Fatalf("%s: %v", f.name, err)
		}
		fmt.Printf("%-28s %12d %8.2f%%\n", f.name, bytes, accuracy)
	}
}

func table() []federation {
	topK := func(f float64) update.Encoding { return update.Encoding{Kind: update.TopK, Fraction: f} }
	return []federation{
		{name: "float32, mean"},
		{name: "float16", encoding: update.Encoding{Kind: update.Float16}},
		{name: "top-k 10 %", encoding: topK(0.1)},
		{name: "top-k 3 %", encoding: topK(0.03)},
		{name: "top-k 1 %", encoding: topK(0.01)},
		{name: "sign", encoding: update.Encoding{Kind: update.Sign}},
		{name: "median", options: aggregate.Options{Method: aggregate.Median}},
		{name: "trimmed mean 0.2", options: aggregate.Options{Method: aggregate.TrimmedMean, Trim: 0.2}},
		{name: "FedProx 0.1", prox: 0.1},
		{name: "half of the members", half: true},
		{name: "server momentum 0.5", server: aggregate.Optimizer{Server: aggregate.Momentum, Beta1: 0.5}},
		{name: "FedAdam 0.01", server: aggregate.Optimizer{Server: aggregate.FedAdam}},
	}
}

// newWorld has the package in dir, or an untrained MLP 784-64-128-10, and the members'
// shares.
func newWorld(ctx context.Context, dir string, rounds, members int, alpha float64) (*world, error) {
	digits, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		return nil, err
	}
	w := &world{rounds: rounds}
	if w.pkg, err = open(ctx, dir, digits); err != nil {
		return nil, err
	}
	if w.labels, err = w.pkg.Labels(digits.Test); err != nil {
		return nil, err
	}
	shares, err := dataset.Shares(digits.Train, members, 1)
	if alpha > 0 {
		shares, err = dirichletShares(digits.Train, members, alpha, 1)
	}
	if err != nil {
		return nil, err
	}
	for _, s := range shares {
		x, y, err := w.pkg.Embed(ctx, s)
		if err != nil {
			return nil, err
		}
		w.x, w.y = append(w.x, x), append(w.y, y)
	}
	return w, nil
}

func open(ctx context.Context, dir string, digits dataset.Sets) (*packagefmt.Package, error) {
	if dir != "" {
		return packagefmt.Read(os.DirFS(dir))
	}
	pkg, _, err := packagefmt.Build(ctx, model(), digits.Test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Split: packagefmt.SplitOptions{Strategy: packagefmt.SplitExplicit, FirstLayer: 1},
	})
	return pkg, err
}

func model() packagefmt.Model {
	rng := rand.New(rand.NewPCG(1, 7))
	weights := map[string]safetensors.Tensor{}
	layers := []packagefmt.Layer{{Type: "Flatten"}}
	for i, size := range [][2]int{{784, 64}, {64, 128}, {128, 10}} {
		bound := float32(1) / sqrt(size[0])
		name := fmt.Sprintf("layers.%d.", 1+2*i)
		weights[name+"weight"] = random(rng, bound, size[1], size[0])
		weights[name+"bias"] = random(rng, bound, size[1])
		layers = append(layers, packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(size[0]), "out_features": float64(size[1])}})
		if i < 2 {
			layers = append(layers, packagefmt.Layer{Type: "ReLU"})
		}
	}
	return packagefmt.Model{Network: packagefmt.Network{Layers: layers, Weights: weights}}
}

func sqrt(n int) float32 {
	r := float32(1)
	for range 30 {
		r = (r + float32(n)/r) / 2
	}
	return r
}

func random(rng *rand.Rand, bound float32, shape ...int) safetensors.Tensor {
	n, _ := safetensors.Count(shape)
	data := make([]float32, n)
	for i := range data {
		data[i] = bound * (2*rng.Float32() - 1)
	}
	return safetensors.Tensor{Shape: shape, Data: data}
}

// run trains one federation and returns the bytes of an update, on average, and the
// accuracy in percent.
func (w *world) run(ctx context.Context, f federation) (bytes int64, accuracy float64, err error) {
	m := aggregate.Model{Head: w.pkg.Head}
	left := make([]update.Change, len(w.x))
	updates := int64(0)
	for round := range w.rounds {
		var changes []update.Change
		for i := range w.x {
			if f.half && (i+round)%2 == 0 {
				continue
			}
			head, _, err := fit.Train(ctx, m.Head, w.x[i], w.y[i], fit.Options{
				Optimizer: fit.SGD, LearningRate: 0.1, BatchSize: batch, Seed: f.seed + uint64(1000*round+i), MaxBatches: f.batches, Prox: f.prox, Threads: 1,
			})
			if err != nil {
				return 0, 0, err
			}
			change, err := update.Diff(head, m.Head)
			if err != nil {
				return 0, 0, err
			}
			encoded, rest, err := update.Compress(change, left[i], f.encoding)
			if err != nil {
				return 0, 0, err
			}
			left[i] = rest
			bytes, updates = bytes+encoded.Size(), updates+1
			kind := f.encoding.Kind
			if kind == "" {
				kind = update.Float32
			}
			decoded, err := update.Decode(encoded, kind, m.Head.Weights)
			if err != nil {
				return 0, 0, err
			}
			changes = append(changes, decoded)
		}
		step, err := aggregate.Combine(changes, f.options)
		if err != nil {
			return 0, 0, err
		}
		m = f.server.Apply(m, step)
	}
	hundredths, err := validator.Accuracy(ctx, m.Head, w.pkg.Embeddings, w.labels, 0)
	return bytes / updates, float64(hundredths) / 100, err
}

// Command golden prints a hash of what many networks compute: outputs in eval,
// losses, gradients and weights over some training steps, for every class of
// kernels and for 1, 2 and 5 threads. Run it on two commits on one machine and
// compare: a change that should change no bit changes no line.
//
//	go run ./internal/nn/testdata/golden > after.txt
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"hash"
	"log"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	spago "github.com/nlpodyssey/spago/nn"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

var (
	signs = flag.Bool("signs", true, "tell +0 from -0")
	only  = flag.String("only", "", "the cases whose names contain this")
)

func main() {
	flag.Parse()
	for class := kernel.Portable; class <= kernel.Best(); class++ {
		if _, err := kernel.Use(class); err != nil {
			log.Fatal(err)
		}
		for _, c := range cases() {
			if strings.Contains(c.name, *only) {
				c.print(class)
			}
		}
	}
}

// print runs one network. Everything but the threads must be in every line's
// hash, so that lines of different threads can be compared by eye.
func (c network) print(class kernel.Class) {
	for _, threads := range []int{1, 2, 5} {
		for _, optimizer := range []string{"adam", "sgd"} {
			h := sha256.New()
			gradients, err := c.run(h, threads, optimizer)
			if err != nil {
				log.Fatalf("%s: %v", c.name, err)
			}
			fmt.Printf("%-9s %-28s %d threads  %-4s  all %.12x  gradients %.12x\n", class, c.name, threads, optimizer, h.Sum(nil), gradients)
		}
	}
}

func write(h hash.Hash, data []float32) {
	var b [4]byte
	for _, v := range data {
		if v == 0 && !*signs {
			v = 0
		}
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
		h.Write(b[:])
	}
}

func (c network) run(h hash.Hash, threads int, name string) (gradients []byte, err error) {
	n, err := nn.New(c.specs, c.weights())
	if err != nil {
		return nil, err
	}
	if err := c.eval(h, n); err != nil {
		return nil, err
	}
	rec := &recorder{Optimizer: nn.NewAdam(), hash: sha256.New()}
	cfg := nn.TrainConfig{Batch: c.batch, Threads: threads, Seed: 42, Optimizer: rec}
	if name == "sgd" {
		rec.Optimizer = &nn.SGD{Momentum: 0.9, WeightDecay: 0.01}
		cfg.ClipNorm, cfg.Prox = 0.5, 0.1
	}
	tr, err := n.NewTrainer(c.in, cfg)
	if err != nil {
		return nil, err
	}
	defer tr.Close()
	rng := rand.New(rand.NewPCG(3, 4))
	size := tensor.Size(c.in)
	for step := range 4 {
		rows := c.batch
		if step == 3 {
			rows = max(2, c.batch-3) // a last batch that is shorter
		}
		x, labels := c.input(rng, 2*rows), make([]int, rows)
		order := rng.Perm(2 * rows)[:rows]
		for i := range labels {
			labels[i] = rng.IntN(tr.Outputs())
		}
		var b nn.Batch
		if step%2 == 0 {
			b, err = tr.Step(tr.Gather(x, order), labels, 0.01)
		} else {
			b, err = tr.Step(x[:rows*size], labels, 0.01)
		}
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(h, b.Loss, b.Correct)
	}
	c.writeWeights(h, n)
	for _, name := range slices.Sorted(maps.Keys(tr.State().Optimizer)) {
		write(h, tr.State().Optimizer[name].Data)
	}
	gradients = rec.hash.Sum(nil)
	h.Write(gradients)
	return gradients, c.eval(h, n)
}

func (c network) writeWeights(h hash.Hash, n *nn.Net) {
	w := n.Weights()
	for _, name := range slices.Sorted(maps.Keys(w)) {
		fmt.Fprint(h, name, w[name].Shape)
		write(h, w[name].Data)
	}
}

// eval hashes the outputs for a few samples and for many.
func (c network) eval(h hash.Hash, n *nn.Net) error {
	for _, rows := range []int{1, 7, c.many} {
		x := tensor.Tensor{Shape: append([]int{rows}, c.in...), Data: c.input(rand.New(rand.NewPCG(5, 6)), rows)}
		y, err := n.Forward(x)
		if err != nil {
			return err
		}
		fmt.Fprint(h, y.Shape)
		write(h, y.Data)
	}
	return nil
}

// recorder hashes the gradients that an optimizer is about to use.
type recorder struct {
	nn.Optimizer
	hash   hash.Hash
	params []*spago.Param
}

func (r *recorder) Prepare(p *spago.Param) error {
	r.params = append(r.params, p)
	return r.Optimizer.Prepare(p)
}

func (r *recorder) Step(rate float64) {
	for _, p := range r.params {
		write(r.hash, p.Grad().Data().F32())
	}
	r.Optimizer.Step(rate)
}

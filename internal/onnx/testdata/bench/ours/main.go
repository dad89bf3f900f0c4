// Command ours is our side of beside.py: ours CASE THREADS BATCH FOLDER says what it is and
// the mean of what it computes and then, for every line that it reads, which is a number of
// seconds, the milliseconds of each of as many runs as fit in. The cases are those of
// peer.py.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 5 {
		log.Fatal("usage: ours CASE THREADS BATCH FOLDER")
	}
	threads, err := strconv.Atoi(os.Args[2])
	check(err)
	batch, err := strconv.Atoi(os.Args[3])
	check(err)
	runtime.GOMAXPROCS(threads)
	var run func() []float32
	switch name := os.Args[1]; name {
	case "scoring":
		run = scoring(batch)
	case "epoch":
		run = epoch(threads, batch)
	default:
		run = model(filepath.Join(os.Args[4], name+".onnx"), name, batch)
	}
	fmt.Printf("Go %s, %s|%.6g\n", runtime.Version()[2:], kernel.Current(), mean(run()))
	if to := os.Getenv("CPUPROFILE"); to != "" {
		f, err := os.Create(to)
		check(err)
		check(pprof.StartCPUProfile(f))
		defer pprof.StopCPUProfile()
	}
	serve(run)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func serve(run func() []float32) {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		seconds, err := strconv.ParseFloat(in.Text(), 64)
		check(err)
		for n, begin := 0, time.Now(); n == 0 || time.Since(begin).Seconds() < seconds; n++ {
			at := time.Now()
			run()
			fmt.Printf("%.4f ", time.Since(at).Seconds()*1e3)
		}
		fmt.Println()
	}
}

func mean(y []float32) float64 {
	sum := 0.0
	for _, v := range y {
		sum += math.Abs(float64(v))
	}
	return sum / float64(max(1, len(y)))
}

// hashed are evenly spread whole numbers below 2²⁴ (Knuth's multiplicative hashing).
func hashed(i int) uint32 { return uint32(i) * 2654435761 >> 8 }

// spread are numbers in ±2·scale; as in peer.py.
func spread(scale float32, shape ...int) tensor.Tensor {
	t := tensor.New(shape...)
	for i := range t.Data {
		t.Data[i] = (float32(hashed(i))/(1<<24)*4 - 2) * scale
	}
	return t
}

var samples = map[string][]int{
	"resnet18": {3, 224, 224}, "mobilenet_v3_small": {3, 224, 224}, "vit_tiny": {3, 224, 224}, "minilm": {128}, "lstm": {50, 32},
}

func model(path, name string, batch int) func() []float32 {
	file, err := os.ReadFile(path)
	check(err)
	p, err := onnx.Load(file, onnx.Options{Own: true})
	check(err)
	n, err := p.Specialize(samples[name], onnx.Limits{Bytes: 1 << 30, Work: 1 << 40})
	check(err)
	x := spread(1, append([]int{batch}, samples[name]...)...)
	for i := range x.Data {
		if name == "minilm" {
			x.Data[i] = float32(1 + hashed(i)%30000)
		}
	}
	return func() []float32 {
		y, err := n.Forward(x)
		check(err)
		return y.Data
	}
}

// referenceHead is what training and scoring are compared on.
func referenceHead() packagefmt.Network {
	linear := func(in, out float64) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": in, "out_features": out}}
	}
	return packagefmt.Network{
		Layers: []packagefmt.Layer{linear(512, 256), {Type: "ReLU"}, {Type: "Dropout", Params: map[string]any{"p": 0.1}}, linear(256, 10)},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": spread(1./32, 256, 512), "layers.0.bias": spread(1./32, 256),
			"layers.3.weight": spread(1./32, 10, 256), "layers.3.bias": spread(1./32, 10),
		},
	}
}

// scoring is the reference head over samples, as validators run it.
func scoring(batch int) func() []float32 {
	head := referenceHead()
	n, err := nn.Frozen(nn.List(nn.Specs(head.Layers)), head.Weights)
	check(err)
	x := spread(1, batch, 512)
	return func() []float32 {
		y, err := n.Forward(x)
		check(err)
		return y.Data
	}
}

// epoch is one epoch of Adam over 10,000 samples, shuffling included.
func epoch(threads, batch int) func() []float32 {
	x, y := spread(1, 10_000, 512), make([]int, 10_000)
	for i := range y {
		y[i] = i % 10
	}
	head := referenceHead()
	return func() []float32 {
		_, _, err := fit.Train(context.Background(), head, x, y, fit.Options{BatchSize: batch, Threads: threads})
		check(err)
		return nil
	}
}

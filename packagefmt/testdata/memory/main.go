// Command memory makes a package of a small CNN (77 MFLOP a picture) over 10,000
// pictures of 3×32×32 and prints how long that takes and the peak of its
// resident memory, before and after. The pictures are drawn as they are asked
// for: what is measured is the builder's.
//
//	go run ./packagefmt/testdata/memory
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/memory"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// pictures is a data set without memory.
type pictures int

func (n pictures) Len() int { return int(n) }

func (pictures) Sample(i int, dst []float32) (label int, err error) {
	for j := range dst {
		dst[j] = float32(uint32(i*len(dst)+j)*2654435761>>8) / (1 << 24)
	}
	return i % 10, nil
}

func layer(class string, args ...any) packagefmt.Layer {
	l := packagefmt.Layer{Type: class, Params: map[string]any{}}
	for i := 0; i < len(args); i += 2 {
		l.Params[args[i].(string)] = args[i+1]
	}
	return l
}

func model() packagefmt.Model {
	conv := func(in, out float64) packagefmt.Layer {
		return layer("Conv2d", "in_channels", in, "out_channels", out, "kernel_size", 3.0, "padding", 1.0)
	}
	linear := func(in, out float64) packagefmt.Layer { return layer("Linear", "in_features", in, "out_features", out) }
	m := packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{conv(3, 32), layer("ReLU"), conv(32, 64), layer("ReLU"), layer("MaxPool2d", "kernel_size", 2.0),
			conv(64, 128), layer("ReLU"), layer("AdaptiveAvgPool2d", "output_size", 1.0), layer("Flatten"),
			linear(128, 112), layer("ReLU"), linear(112, 10)},
		Weights: map[string]safetensors.Tensor{},
	}}
	for i, spec := range nn.Specs(m.Layers) {
		shapes, err := nn.ParamShapes(spec)
		if err != nil {
			log.Fatal(err)
		}
		for name, shape := range shapes {
			t := safetensors.Tensor{Shape: shape, Data: make([]float32, 1)}
			for _, d := range shape {
				t.Data = make([]float32, len(t.Data)*d)
			}
			for j := range t.Data {
				t.Data[j] = float32(j%13)/130 - 0.05
			}
			m.Weights[fmt.Sprintf("layers.%d.%s", i, name)] = t
		}
	}
	return m
}

func main() {
	dir, err := os.MkdirTemp("", "decloud-memory")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	memory.Print("idle")
	start := time.Now()
	p, report, err := packagefmt.Build(context.Background(), model(), pictures(packagefmt.MaxSamples), packagefmt.BuildOptions{
		Dataset:       dataset.Cifar10,
		Split:         packagefmt.SplitOptions{FirstLayer: 8},
		Preprocessing: packagefmt.Preprocessing{Shape: []int{3, 32, 32}, Classes: strings.Split("0123456789", "")},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Write(dir + "/package"); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("a package of %d embeddings, cut before layer %d: %.1f s\n", p.Embeddings.Shape[0], report.FirstLayer, time.Since(start).Seconds())
	memory.Print("after it was written")
}

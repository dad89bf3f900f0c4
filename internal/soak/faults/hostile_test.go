package faults

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// halves is a file of float16 zeros: a CAR holds it in some blocks, and it takes twice its size in memory.
func halves(name string, shape ...int) []byte {
	size := 2
	for _, n := range shape {
		size *= n
	}
	header, err := json.Marshal(map[string]any{name: map[string]any{"dtype": "F16", "shape": shape, "data_offsets": []int{0, size}}})
	if err != nil {
		panic(err) // text and numbers only
	}
	file := make([]byte, 8+len(header)+size)
	binary.LittleEndian.PutUint64(file, uint64(len(header)))
	copy(file[8:], header)
	return file
}

func linear(in, out int) packagefmt.Layer {
	return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out), "bias": false}}
}

// zeroPackage is a package without an encoder, as the kits make them, whose embeddings and head are zeros.
func zeroPackage(t *testing.T, samples, dim int, seed uint64) fs.FS {
	t.Helper()
	config, err := json.Marshal(packagefmt.Config{Version: packagefmt.Version1, Layers: []packagefmt.Layer{linear(dim, 10)}, Seed: seed,
		Metadata: packagefmt.Metadata{Dataset: dataset.Mnist.String(), EmbeddingDim: dim, NumSamples: samples}})
	require.NoError(t, err)
	return memfs.FS{packagefmt.ConfigFile: config, packagefmt.EmbeddingsFile: halves("embeddings", samples, dim), packagefmt.HeadFile: halves("layers.0.weight", 10, dim)}
}

// zeroHead is a gradient of such a package.
func zeroHead(t *testing.T, dim int, seed uint64) fs.FS {
	files := zeroPackage(t, 1, dim, seed).(memfs.FS)
	delete(files, packagefmt.EmbeddingsFile)
	return files
}

func zeros32(shape ...int) safetensors.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return safetensors.Tensor{Shape: shape, Data: make([]float32, n)}
}

// files are those of a package about digits with this encoder, whose embeddings are zeros: what it computes where its
// weights are zeros.
func files(t *testing.T, encoder packagefmt.Network, samples, dim int, seed uint64, tokenizer []byte) fs.FS {
	t.Helper()
	pre := &packagefmt.Preprocessing{Shape: []int{1, 28, 28}}
	p := packagefmt.Package{Config: packagefmt.Config{Seed: seed, Preprocessing: pre,
		Metadata: packagefmt.Metadata{Dataset: dataset.Mnist.String(), EmbeddingDim: dim, NumSamples: samples}},
		Head:    packagefmt.Network{Layers: []packagefmt.Layer{linear(dim, 10)}, Weights: map[string]safetensors.Tensor{"layers.0.weight": zeros32(10, dim)}},
		Encoder: &encoder, Embeddings: zeros32(samples, dim), Tokenizer: tokenizer}
	if tokenizer != nil {
		pre.Shape, pre.Tokenizer = []int{64}, packagefmt.TokenizerFile
	}
	out, err := p.FS()
	require.NoError(t, err)
	return out
}

// wide is a package whose encoder takes about a number of bytes for one sample, and hardly any on disk.
func wide(t *testing.T, bytes int, seed uint64) fs.FS {
	channels := bytes / (2 * 4 * 28 * 28)
	conv := packagefmt.Layer{Type: "Conv2d", Params: map[string]any{"in_channels": 1.0, "out_channels": float64(channels), "kernel_size": 1.0, "bias": false}}
	return files(t, packagefmt.Network{
		Layers:  []packagefmt.Layer{conv, {Type: "ReLU"}, {Type: "AdaptiveAvgPool2d", Params: map[string]any{"output_size": 1.0}}, {Type: "Flatten"}},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": zeros32(channels, 1, 1, 1)},
	}, 4, channels, seed, nil)
}

// graph is a package whose encoder is an ONNX file of about so many bytes.
func graph(t *testing.T, bytes int, seed uint64) fs.FS {
	const in, out = 28 * 28, 16
	layers := max(1, bytes/(4*in*in))
	g := &wire.Graph{Name: "g", Inputs: []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: []int64{-1, 1, 28, 28}}}}
	g.Nodes = append(g.Nodes, &wire.Node{OpType: "Flatten", Inputs: []string{"x"}, Outputs: []string{"v0"}})
	for i := range layers {
		w, wide := fmt.Sprint("w", i), int64(in)
		if i == layers-1 {
			wide = out
		}
		g.Initializers = append(g.Initializers, &wire.Tensor{Name: w, Type: wire.Float, Dims: []int64{in, wide}, Raw: make([]byte, 4*in*wide)})
		g.Nodes = append(g.Nodes, &wire.Node{OpType: "MatMul", Inputs: []string{fmt.Sprint("v", i), w}, Outputs: []string{fmt.Sprint("v", i+1)}})
	}
	g.Outputs = []*wire.ValueInfo{{Name: fmt.Sprint("v", layers), Type: wire.Float, HasShape: true, Dims: []int64{-1, out}}}
	m, err := packagefmt.ReadONNX(wire.Encode(&wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 17}, Graph: g}), packagefmt.ONNXOptions{})
	require.NoError(t, err)
	return files(t, m.Network, 100, out, seed, nil)
}

// wordy is a package of texts with a tokenizer of so many words.
func wordy(t *testing.T, words int, seed uint64) fs.FS {
	var b strings.Builder
	b.WriteString(`{"version":"1.0","model":{"type":"WordLevel","unk_token":"[PAD]","vocab":{"[PAD]":0`)
	for i := 1; i < words; i++ {
		fmt.Fprintf(&b, `,"w%d":%d`, i, i)
	}
	b.WriteString(`}}}`)
	embed := packagefmt.Layer{Type: "Embedding", Params: map[string]any{"num_embeddings": float64(words), "embedding_dim": 1.0}}
	return files(t, packagefmt.Network{Layers: []packagefmt.Layer{embed, {Type: "Flatten"}}, Weights: map[string]safetensors.Tensor{"layers.0.weight": zeros32(words, 1)}},
		4, 64, seed, []byte(b.String()))
}

// verbose is a package whose config.json is as large as it may be, in values that take many times their text in memory.
func verbose(t *testing.T, seed uint64) fs.FS {
	files := zeroPackage(t, 100, 100, seed).(memfs.FS)
	files[packagefmt.ConfigFile] = fmt.Appendf(nil, `{"layers":[{"type":"Linear","params":{"x":[%s1]}}],"seed":%d,"metadata":{"dataset":"Mnist"}}`,
		strings.Repeat(`{"a":1},`, 130_000), seed)
	return files
}

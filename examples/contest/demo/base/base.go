// Package base has the language model of the contest's demonstration, and the sentences that its miners and its test have.
package base

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

//go:generate go run ./gen ../../../..

//go:embed gpt.safetensors
var weights []byte

//go:embed sentences.csv.gz
var sentences []byte

// Context is how many bytes the model sees at once.
const Context = 64

const width = 64 // features of a byte

// Model is a GPT of 170,560 parameters that was trained on the text of Moby Dick: bytes in, the next byte out.
func Model() (packagefmt.Model, error) {
	w, err := safetensors.Read(bytes.NewReader(weights), int64(len(weights)))
	if err != nil {
		return packagefmt.Model{}, err
	}
	block := packagefmt.Layer{Type: "TransformerEncoderLayer", Params: map[string]any{
		"d_model": float64(width), "nhead": 4.0, "dim_feedforward": 4.0 * width, "dropout": 0.0, "activation": "gelu",
		"norm_first": true, "batch_first": true, "is_causal": true,
	}}
	layers := []packagefmt.Layer{
		{Type: "Embedding", Params: map[string]any{"num_embeddings": 256.0, "embedding_dim": float64(width)}},
		{Type: "PositionEmbedding", Params: map[string]any{"num_embeddings": float64(Context), "embedding_dim": float64(width)}},
		block, block, block,
		{Type: "LayerNorm", Params: map[string]any{"normalized_shape": float64(width)}},
		{Type: "Linear", Params: map[string]any{"in_features": float64(width), "out_features": 256.0, "bias": false}},
	}
	tied := map[string]string{"layers.6.weight": "layers.0.weight"}
	return packagefmt.Model{Network: packagefmt.Network{Layers: layers, Tied: tied, Weights: w}}, nil
}

// The parts of the sentences.
const (
	Train = "train" // German, for miners
	Test  = "test"  // German, to score on
	Other = "other" // Polish and Turkish
)

// Sentences are those of each part, in the order in which they were published.
func Sentences() (map[string][]string, error) {
	z, err := gzip.NewReader(bytes.NewReader(sentences))
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		return nil, err
	}
	of := map[string][]string{}
	for i, row := range rows {
		if len(row) != 2 {
			return nil, fmt.Errorf("sentence %d: %d fields, want a part and a sentence", i, len(row))
		}
		of[row[0]] = append(of[row[0]], row[1])
	}
	return of, nil
}

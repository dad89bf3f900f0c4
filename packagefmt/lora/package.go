package lora

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// MergePackage is a package with a task whose model is [Adapter.Merge]'s: the base for whoever goes on from what was learned.
// The embeddings are computed anew, of test, a copy of the package's test split in its order. A sealed test is left out,
// since its key is known once there are adapters. The package passed in stays as it is.
func (a Adapter) MergePackage(ctx context.Context, p *packagefmt.Package, test dataset.Dataset) (*packagefmt.Package, error) {
	whole, err := p.Whole()
	if err != nil {
		return nil, err
	}
	n, err := a.Merge(whole)
	if err != nil {
		return nil, err
	}
	if p.Encoder.ONNX != nil {
		return nil, fmt.Errorf("%w: a package whose encoder is an ONNX file", ErrUnsupported)
	}
	out, encoder := *p, *p.Encoder
	encoder.Weights, _ = part(n, 0, len(encoder.Layers))
	out.Encoder, out.Holdout = &encoder, nil
	out.Head.Weights, out.Head.Tied = part(n, len(n.Layers)-len(p.Head.Layers), len(p.Head.Layers))
	out.Config.Tied = out.Head.Tied
	if len(encoder.Layers) == 0 { // a language model's tokens, or the samples themselves, stay what they are
		return &out, nil
	}
	all, _, err := out.Embed(ctx, test)
	if err != nil {
		return nil, err
	}
	rows, dim := p.Embeddings.Shape[0], all.Shape[1]
	if all.Shape[0] < rows {
		return nil, fmt.Errorf("%w: the test has %d samples, and the package embeddings of %d", packagefmt.ErrInvalid, all.Shape[0], rows)
	}
	out.Embeddings = safetensors.Tensor{Shape: []int{rows, dim}, Data: all.Data[:rows*dim]}
	return &out, nil
}

// part are the weights of so many layers of a network, numbered from 0, and which of them are tied.
func part(n packagefmt.Network, from, count int) (weights map[string]safetensors.Tensor, tied map[string]string) {
	weights = map[string]safetensors.Tensor{}
	renamed := func(name string) (string, bool) {
		number, param, _ := strings.Cut(strings.TrimPrefix(name, "layers."), ".")
		i, err := strconv.Atoi(number)
		return fmt.Sprintf("layers.%d.%s", i-from, param), err == nil && i >= from && i < from+count
	}
	for name, w := range n.Weights {
		if own, ok := renamed(name); ok {
			weights[own] = w
		}
	}
	for name, to := range n.Tied {
		if own, ok := renamed(name); ok {
			if tied == nil {
				tied = map[string]string{}
			}
			tied[own], _ = renamed(to)
		}
	}
	return weights, tied
}

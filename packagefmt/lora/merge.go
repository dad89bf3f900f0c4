package lora

import (
	"fmt"
	"maps"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Merge is the model with W + scale·B·A in the place of each W, and no adapter: what the two
// compute together, at the cost of one. The model passed in stays as it is. A weight that is
// tied to others has an adapter in its own place only, so the two come apart where one of them
// has one. (PEFT, merging, changes both.)
func (a Adapter) Merge(model packagefmt.Model) (packagefmt.Network, error) {
	list, err := a.fitted(model)
	if err != nil {
		return packagefmt.Network{}, err
	}
	n := model.Network
	n.Weights, n.Tied = maps.Clone(n.Weights), maps.Clone(n.Tied)
	fresh := map[string]bool{} // already copies of the caller's
	for _, one := range list {
		name := fmt.Sprintf("layers.%d.%s", one.Layer, one.Weight)
		untie(n, name)
		w := n.Weights[name]
		if !fresh[name] {
			w = safetensors.Tensor{Shape: w.Shape, Data: append([]float32{}, w.Data...)}
			n.Weights[name], fresh[name] = w, true
		}
		addProduct(w, one, model.Layers[one.Layer].Type == "Embedding")
	}
	if len(n.Tied) == 0 {
		n.Tied = nil
	}
	return n, nil
}

// untie gives the weight numbers of its own, and those that are tied to it theirs.
func untie(n packagefmt.Network, name string) {
	if owner, ok := n.Tied[name]; ok {
		n.Weights[name] = n.Weights[owner]
		delete(n.Tied, name)
	}
	for other, owner := range n.Tied {
		if owner == name {
			n.Weights[other] = n.Weights[name]
			delete(n.Tied, other)
		}
	}
}

// addProduct adds scale·B·A to w, an embedding's transposed.
func addProduct(w safetensors.Tensor, a nn.Adapter, table bool) {
	rows, rank := a.B.Shape[0], a.Rank
	cols := len(a.A.Data) / rank
	for i := range rows {
		for j := range cols {
			sum := 0.0
			for k := range rank {
				sum += float64(a.B.Data[i*rank+k]) * float64(a.A.Data[k*cols+j])
			}
			at := (a.Lo+i)*cols + j
			if table {
				at = j*rows + i // [vocabulary, dim]
			}
			w.Data[at] = float32(float64(w.Data[at]) + float64(sum*a.Scale))
		}
	}
}

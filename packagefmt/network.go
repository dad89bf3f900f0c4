package packagefmt

import "github.com/decloud-sdk/decloud-go/packagefmt/safetensors"

// Layer is one layer of a network: the name of its class in torch.nn and the
// arguments of its constructor as JSON values. Absent arguments have PyTorch's
// defaults.
type Layer struct {
	Type   string         `json:"type"`
	Params map[string]any `json:"params"`
}

// Network is an architecture with its weights, named layers.<i>.<param> in
// PyTorch's layouts, where i counts every layer from 0.
type Network struct {
	Layers  []Layer
	Weights map[string]safetensors.Tensor
}

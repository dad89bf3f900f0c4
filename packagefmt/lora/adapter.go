package lora

import (
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/lowrank"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Config says which matrices W of a model become W + scale·B·A, and how: PEFT's LoraConfig.
type Config = lowrank.Config

// MaxRank bounds Config.Rank.
const MaxRank = lowrank.MaxRank

var (
	// ErrConfig is wrapped by errors about a configuration that is out of range or names
	// what the model has not.
	ErrConfig = lowrank.ErrConfig
	// ErrInvalid is wrapped by errors about an adapter whose weights do not fit its
	// configuration or the model, and about malformed files.
	ErrInvalid = errors.New("lora: invalid adapter")
	// ErrUnsupported is wrapped by errors about adapters of another kind: not LoRA, or with an
	// option that this package does not implement.
	ErrUnsupported = errors.New("lora: not supported")
)

// Adapter is a trained change of a model, and small beside it.
type Adapter struct {
	Config Config
	// Weights are A and B by PEFT's names, without its prefix: "<path>.lora_A.weight" [r, in] and
	// "<path>.lora_B.weight" [out, r], of a convolution [r, in, …] and [out, r, 1, …], of an
	// embedding "<path>.lora_embedding_A" [r, vocabulary] and "<path>.lora_embedding_B" [dim, r].
	Weights map[string]safetensors.Tensor
}

// New is an untrained adapter, which changes nothing yet: A is random, B zero, of an embedding
// the other way around, as in PEFT. The same seed gives the same numbers on every processor.
func New(model packagefmt.Model, c Config, seed uint64) (Adapter, error) {
	net, err := build(model)
	if err != nil {
		return Adapter{}, err
	}
	w, err := c.Init(net, model.Names, seed)
	if err != nil {
		return Adapter{}, err
	}
	return Adapter{c, w}, nil
}

// Matrices lists the paths of the model's matrices that can have adapters, in order.
func Matrices(model packagefmt.Model) ([]string, error) {
	net, err := build(model)
	if err != nil {
		return nil, err
	}
	modules, err := lowrank.Modules(net, model.Names)
	if err != nil {
		return nil, err
	}
	paths := make([]string, len(modules))
	for i, m := range modules {
		paths[i] = m.Path
	}
	return paths, nil
}

// build checks the model and makes it executable.
func build(model packagefmt.Model) (*nn.Net, error) {
	if model.ONNX != nil {
		return nil, fmt.Errorf("%w: the model is an ONNX graph, whose weights have no adapters: only layers have, which packagefmt's Model.Layered makes of it", ErrUnsupported)
	}
	if err := model.Check(); err != nil {
		return nil, err
	}
	return nn.NewGraph(nn.Nodes(model.Layers, model.Inputs, model.Tied), model.Weights)
}

// Check returns an error unless the adapter's weights are exactly those that its configuration
// asks for in this model, of the right shapes and finite.
func (a Adapter) Check(model packagefmt.Model) error {
	_, err := a.fitted(model)
	return err
}

// fitted are the engine's adapters.
func (a Adapter) fitted(model packagefmt.Model) ([]nn.Adapter, error) {
	net, err := build(model)
	if err != nil {
		return nil, err
	}
	list, err := a.Config.Adapters(net, model.Names, a.Weights)
	if errors.Is(err, nn.ErrAdapter) {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return list, err
}

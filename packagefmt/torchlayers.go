package packagefmt

import (
	"fmt"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
)

// layerDef says how a layer's constructor arguments are found in its pickle.
type layerDef struct {
	// args are arguments that the module keeps under the same name.
	args []string
	// has are arguments that are true where the module has a parameter:
	// "bias" or, of another name, "bias=in_proj_bias".
	has []string
	// extra finds arguments that lie deeper.
	extra func(m module, params map[string]any) error
}

func args(s string) []string { return strings.Fields(s) }

var (
	activation = layerDef{}
	dropout    = layerDef{args: args("p")}
	conv       = layerDef{args: args("in_channels out_channels kernel_size stride padding dilation groups padding_mode"), has: args("bias")}
	convT      = layerDef{args: args("in_channels out_channels kernel_size stride padding output_padding dilation groups padding_mode"), has: args("bias")}
	batchNorm  = layerDef{args: args("num_features eps momentum affine track_running_stats")}
	maxPool    = layerDef{args: args("kernel_size stride padding dilation return_indices ceil_mode")}
	avgPool    = layerDef{args: args("kernel_size stride padding ceil_mode count_include_pad divisor_override")}
	adaptAvg   = layerDef{args: args("output_size")}
	adaptMax   = layerDef{args: args("output_size return_indices")}
	recurrent  = layerDef{args: args("input_size hidden_size num_layers bias batch_first dropout bidirectional proj_size nonlinearity")}
)

// torchLayers is the vocabulary: the classes of torch.nn that are one layer.
// A class that the engine cannot run is still read here, and refused by name
// when the network is checked.
var torchLayers = map[string]layerDef{
	"Linear":   {args: args("in_features out_features"), has: args("bias")},
	"Identity": activation,
	"Conv1d":   conv, "Conv2d": conv, "Conv3d": conv,
	"ConvTranspose1d": convT, "ConvTranspose2d": convT,
	"BatchNorm1d": batchNorm, "BatchNorm2d": batchNorm, "BatchNorm3d": batchNorm,
	"InstanceNorm1d": batchNorm, "InstanceNorm2d": batchNorm,
	"LayerNorm": {args: args("normalized_shape eps elementwise_affine"), extra: layerNormBias},
	"GroupNorm": {args: args("num_groups num_channels eps affine")},
	"ReLU":      activation, "SiLU": activation, "Tanh": activation, "Sigmoid": activation,
	"Mish": activation, "Hardswish": activation, "Hardsigmoid": activation,
	"GELU":      {args: args("approximate")},
	"Softmax":   {args: args("dim")},
	"LeakyReLU": {args: args("negative_slope")},
	"PReLU":     {args: args("num_parameters")},
	"ELU":       {args: args("alpha")},
	"Dropout":   dropout, "Dropout1d": dropout, "Dropout2d": dropout, "Dropout3d": dropout, "AlphaDropout": dropout,
	"MaxPool1d": maxPool, "MaxPool2d": maxPool, "MaxPool3d": maxPool,
	"AvgPool1d": avgPool, "AvgPool2d": avgPool, "AvgPool3d": avgPool,
	"AdaptiveAvgPool1d": adaptAvg, "AdaptiveAvgPool2d": adaptAvg, "AdaptiveAvgPool3d": adaptAvg,
	"AdaptiveMaxPool1d": adaptMax, "AdaptiveMaxPool2d": adaptMax,
	"Flatten":      {args: args("start_dim end_dim")},
	"Unflatten":    {args: args("dim unflattened_size")},
	"Embedding":    {args: args("num_embeddings embedding_dim padding_idx max_norm norm_type")},
	"EmbeddingBag": {args: args("num_embeddings embedding_dim max_norm norm_type mode padding_idx")},
	"LSTM":         recurrent, "GRU": recurrent, "RNN": recurrent,
	"MultiheadAttention": {
		args: args("embed_dim num_heads dropout add_zero_attn kdim vdim batch_first"),
		has:  args("bias=in_proj_bias add_bias_kv=bias_k"),
	},
	"TransformerEncoderLayer": {args: args("norm_first"), extra: transformerArgs},
	"Upsample":                {args: args("size scale_factor mode align_corners recompute_scale_factor")},
}

// params returns the layer's arguments. One that the file lacks (an older
// PyTorch did not know it) or that is None is left out: it has the default.
func (d layerDef) params(m module) (map[string]any, error) {
	params := map[string]any{}
	for _, name := range d.args {
		v, ok, err := m.attr(name)
		if err != nil {
			return nil, err
		}
		if ok && v != nil {
			params[name] = v
		}
	}
	// momentum=None is a meaning of its own (a cumulative average), not the default.
	if v, ok := m.state.Get("momentum"); ok && v == nil {
		params["momentum"] = nil
	}
	for _, name := range d.has {
		arg, tensor, renamed := strings.Cut(name, "=")
		if !renamed {
			tensor = arg
		}
		_, params[arg] = m.tensor(tensor)
	}
	if d.extra != nil {
		if err := d.extra(m, params); err != nil {
			return nil, err
		}
	}
	return params, nil
}

// layerNormBias: with elementwise_affine, bias may be left out.
func layerNormBias(m module, params map[string]any) error {
	if params["elementwise_affine"] == true {
		_, params["bias"] = m.tensor("bias")
	}
	return nil
}

// transformerArgs finds a TransformerEncoderLayer's arguments in its parts.
func transformerArgs(m module, params map[string]any) error {
	for _, a := range []struct{ part, attr, arg string }{
		{"self_attn", "embed_dim", "d_model"},
		{"self_attn", "num_heads", "nhead"},
		{"self_attn", "batch_first", "batch_first"},
		{"linear1", "out_features", "dim_feedforward"},
		{"dropout", "p", "dropout"},
		{"norm1", "eps", "layer_norm_eps"},
	} {
		part, err := m.part(a.part)
		if err != nil {
			return err
		}
		v, ok, err := part.attr(a.attr)
		if err != nil {
			return err
		}
		if ok && v != nil {
			params[a.arg] = v
		}
	}
	linear1, err := m.part("linear1")
	if err != nil {
		return err
	}
	if _, hasBias := linear1.tensor("bias"); !hasBias {
		params["bias"] = false
	}
	switch f, _ := m.state.Get("activation"); f := f.(type) {
	case nil: // PyTorch restores relu
		params["activation"] = "relu"
	case pickle.Global:
		params["activation"] = f.Name
	case *pickle.Object:
		params["activation"] = strings.ToLower(f.Class.Name)
	default:
		return fmt.Errorf("argument activation: %T", f)
	}
	if a := params["activation"]; a != "relu" && a != "gelu" {
		return fmt.Errorf("argument activation is %v: relu and gelu can be read", a)
	}
	return nil
}

func (m module) part(name string) (module, error) {
	v, _ := m.dict("_modules").Get(name)
	o, ok := v.(*pickle.Object)
	if !ok {
		return module{}, fmt.Errorf("part %s is missing", name)
	}
	return newModule(o, m.work)
}

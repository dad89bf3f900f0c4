package packagefmt

import (
	"fmt"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
)

// layerDef describes where a layer's pickle holds its constructor's arguments.
type layerDef struct {
	// args are arguments that the module keeps under the same name.
	args []string
	// has are arguments that are true if the module has a parameter: "bias" or,
	// of another name, "bias=in_proj_bias".
	has []string
	// extra finds the arguments that only the module's parts hold.
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

// torchLayers are the classes of torch.nn that can be read as one layer. A
// class that the engine cannot run is still read here, and refused by name when
// the network is checked.
var torchLayers = map[string]layerDef{
	"Linear":   {args: args("in_features out_features"), has: args("bias")},
	"Identity": activation,
	"Conv1d":   conv, "Conv2d": conv, "Conv3d": conv,
	"ConvTranspose1d": convT, "ConvTranspose2d": convT, "ConvTranspose3d": convT,
	"BatchNorm1d": batchNorm, "BatchNorm2d": batchNorm, "BatchNorm3d": batchNorm,
	"InstanceNorm1d": batchNorm, "InstanceNorm2d": batchNorm,
	"LayerNorm": {args: args("normalized_shape eps elementwise_affine"), extra: layerNormBias},
	"GroupNorm": {args: args("num_groups num_channels eps affine")},
	"ReLU":      activation, "SiLU": activation, "Tanh": activation, "Sigmoid": activation,
	"Mish": activation, "Hardswish": activation, "Hardsigmoid": activation,
	"ReLU6": activation, "SELU": activation,
	"Hardtanh":          {args: args("min_val max_val")},
	"CELU":              {args: args("alpha")},
	"Softplus":          {args: args("beta threshold")},
	"GELU":              {args: args("approximate")},
	"GLU":               {args: args("dim")},
	"Softmax":           {args: args("dim")},
	"LogSoftmax":        {args: args("dim")},
	"RMSNorm":           {args: args("normalized_shape eps elementwise_affine")},
	"LocalResponseNorm": {args: args("size alpha beta k")},
	"ZeroPad2d":         {args: args("padding")},
	"PixelShuffle":      {args: args("upscale_factor")},
	"LeakyReLU":         {args: args("negative_slope")},
	"PReLU":             {args: args("num_parameters")},
	"ELU":               {args: args("alpha")},
	"Dropout":           dropout, "Dropout1d": dropout, "Dropout2d": dropout, "Dropout3d": dropout, "AlphaDropout": dropout,
	"MaxPool1d": maxPool, "MaxPool2d": maxPool, "MaxPool3d": maxPool,
	"AvgPool1d": avgPool, "AvgPool2d": avgPool, "AvgPool3d": avgPool,
	"AdaptiveAvgPool1d": adaptAvg, "AdaptiveAvgPool2d": adaptAvg, "AdaptiveAvgPool3d": adaptAvg,
	"AdaptiveMaxPool1d": adaptMax, "AdaptiveMaxPool2d": adaptMax, "AdaptiveMaxPool3d": adaptMax,
	"Flatten":      {args: args("start_dim end_dim")},
	"Unflatten":    {args: args("dim unflattened_size")},
	"Embedding":    {args: args("num_embeddings embedding_dim padding_idx max_norm norm_type")},
	"EmbeddingBag": {args: args("num_embeddings embedding_dim max_norm norm_type mode padding_idx include_last_offset")},
	"LSTM":         recurrent, "GRU": recurrent, "RNN": recurrent,
	"MultiheadAttention": {
		args: args("embed_dim num_heads dropout add_zero_attn kdim vdim batch_first"),
		has:  args("bias=in_proj_bias add_bias_kv=bias_k"),
	},
	"TransformerEncoderLayer": {args: args("norm_first"), extra: transformerArgs},
	"Upsample":                {args: args("size scale_factor mode align_corners recompute_scale_factor")},
}

// params returns the layer's arguments. One that is None or not in the file (an
// older PyTorch did not know it) is left out: it has the default.
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
	// momentum=None is not the default: it means a cumulative average.
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

// layerNormBias sets bias: a LayerNorm with elementwise_affine may have none.
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
	if params["activation"], err = m.activation(); err != nil {
		return err
	}
	return m.ordinaryParts()
}

// activation names the function between a TransformerEncoderLayer's two Linear
// layers, which may have been given as a function or as a module.
func (m module) activation() (string, error) {
	v, ok := m.state.Get("activation")
	if !ok {
		v, _ = m.dict("_modules").Get("activation")
	}
	switch f := v.(type) {
	case nil: // PyTorch restores relu
		return "relu", nil
	case pickle.Global:
		switch f {
		case pickle.Global{Module: "torch.nn.functional", Name: "relu"}:
			return "relu", nil
		case pickle.Global{Module: "torch.nn.functional", Name: "gelu"}, pickle.Global{Module: "torch._C._nn", Name: "gelu"}:
			return "gelu", nil
		}
	case *pickle.Object:
		part, err := newModule(f, m.work)
		if err != nil {
			return "", err
		}
		if err := part.checkPlain(); err != nil {
			return "", err
		}
		approximate, _ := part.state.Get("approximate")
		switch {
		case f.Class == pickle.Global{Module: torchModules + "activation", Name: "ReLU"}:
			return "relu", nil
		case f.Class == pickle.Global{Module: torchModules + "activation", Name: "GELU"} && approximate == "none":
			return "gelu", nil
		}
	}
	return "", fmt.Errorf("%w: the activation of a TransformerEncoderLayer must be relu or gelu (not gelu's tanh form)", ErrUnsupported)
}

// ordinaryParts refuses a TransformerEncoderLayer in which other modules have
// replaced PyTorch's own, or whose norms or dropouts differ: its arguments
// cannot express that.
func (m module) ordinaryParts() error {
	same := map[string]any{}
	for _, is := range [][2]string{
		{"self_attn", "MultiheadAttention"}, {"linear1", "Linear"}, {"linear2", "Linear"}, {"norm1", "LayerNorm"}, {"norm2", "LayerNorm"},
		{"dropout", "Dropout"}, {"dropout1", "Dropout"}, {"dropout2", "Dropout"},
	} {
		name, class := is[0], is[1]
		part, err := m.part(name)
		if err != nil {
			return err
		}
		if part.class.Name != class || !strings.HasPrefix(part.class.Module, torchModules) {
			return fmt.Errorf("%w: its %s is a %.200s, not a %s", ErrUnsupported, name, part.class, class)
		}
		for _, arg := range []string{"eps", "p"} {
			v, ok, err := part.attr(arg)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if other, seen := same[arg]; seen && other != v {
				return fmt.Errorf("%w: its parts have the %s %v and %v", ErrUnsupported, arg, other, v)
			}
			same[arg] = v
		}
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

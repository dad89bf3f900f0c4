package lower

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// window reads the attributes of a convolution or a pool in PyTorch's words.
func window(nd onnx.View, dims int) (args, error) {
	if dims != 1 && dims != 2 {
		return nil, fmt.Errorf("%d dimensions", dims)
	}
	if pad := text(nd, "auto_pad", "NOTSET"); pad != "NOTSET" && pad != "VALID" {
		return nil, fmt.Errorf("auto_pad %s", pad)
	}
	p := args{"kernel_size": list(integers(nd, "kernel_shape"))}
	if s := integers(nd, "strides"); s != nil {
		p["stride"] = list(s)
	} else {
		p["stride"] = 1.0
	}
	if pads := integers(nd, "pads"); pads != nil && text(nd, "auto_pad", "NOTSET") != "VALID" {
		if !slices.Equal(pads[:dims], pads[dims:]) {
			return nil, fmt.Errorf("pads %v, which differ between the sides", pads)
		}
		p["padding"] = list(pads[:dims])
	}
	if d := integers(nd, "dilations"); d != nil && slices.Max(d) > 1 {
		p["dilation"] = list(d)
	}
	return p, nil
}

// sized appends the number of dimensions to a class: Conv2d.
func sized(class string, dims int) string { return fmt.Sprintf("%s%dd", class, dims) }

func conv(l *lowerer, _ int, nd onnx.View) error {
	w, err := l.constant(nd, 1)
	if err != nil {
		return err
	}
	dims := len(w.Shape) - 2
	p, err := window(nd, dims)
	if err != nil {
		return err
	}
	groups := integer(nd, "group", 1)
	p["kernel_size"] = list(w.Shape[2:])
	p["in_channels"], p["out_channels"] = float64(w.Shape[1]*groups), float64(w.Shape[0])
	if groups > 1 {
		p["groups"] = float64(groups)
	}
	ws := weights{"weight": w}
	if len(nd.In) > 2 && nd.In[2] >= 0 {
		b, err := l.constant(nd, 2)
		if err != nil {
			return err
		}
		ws["bias"] = b
	} else {
		p["bias"] = false
	}
	return l.layer(nd, sized("Conv", dims), p, ws)
}

func pool(class string) func(*lowerer, int, onnx.View) error {
	return func(l *lowerer, _ int, nd onnx.View) error {
		in, _, err := l.shapes(nd)
		if err != nil {
			return err
		}
		p, err := window(nd, len(in)-1)
		if err != nil {
			return err
		}
		if integer(nd, "ceil_mode", 0) != 0 {
			p["ceil_mode"] = true
		}
		if class == "AvgPool" {
			if _, dilated := p["dilation"]; dilated {
				return fmt.Errorf("dilations")
			}
			p["count_include_pad"] = integer(nd, "count_include_pad", 0) != 0
		}
		return l.layer(nd, sized(class, len(in)-1), p, nil)
	}
}

// global is a pool over all of each channel.
func global(class string) func(*lowerer, int, onnx.View) error {
	return func(l *lowerer, _ int, nd onnx.View) error {
		in, _, err := l.shapes(nd)
		if err != nil {
			return err
		}
		if dims := len(in) - 1; dims == 1 || dims == 2 {
			return l.layer(nd, sized(class, dims), args{"output_size": 1.0}, nil)
		}
		return fmt.Errorf("%d dimensions", len(in)-1)
	}
}

// reduceMean over all of each channel is a global pool.
func reduceMean(l *lowerer, i int, nd onnx.View) error {
	in, out, err := l.shapes(nd)
	if err != nil {
		return err
	}
	axes := integers(nd, "axes")
	if len(nd.In) > 1 && nd.In[1] >= 0 {
		c := l.net.Const(nd.In[1])
		if c == nil {
			return fmt.Errorf("its axes are not constant")
		}
		for _, v := range c.I {
			axes = append(axes, int(v))
		}
	}
	for k, a := range axes {
		if a < 0 {
			axes[k] = a + len(in) + 1
		}
	}
	slices.Sort(axes)
	want := []int{2, 3}[:max(0, min(2, len(in)-1))]
	if !slices.Equal(axes, want) || len(want) == 0 {
		return fmt.Errorf("a mean over dimensions %v of %d", axes, len(in)+1)
	}
	if err := global("AdaptiveAvgPool")(l, i, nd); err != nil {
		return err
	}
	if len(out) == 1 {
		l.values[nd.Out[0]] = l.add("Flatten", nil, nil, l.values[nd.Out[0]])
	}
	return nil
}

func batchNorm(l *lowerer, _ int, nd onnx.View) error {
	in, _, err := l.shapes(nd)
	if err != nil {
		return err
	}
	ws := weights{}
	for k, name := range []string{"weight", "bias", "running_mean", "running_var"} {
		if ws[name], err = l.constant(nd, k+1); err != nil {
			return err
		}
	}
	ws["num_batches_tracked"] = ops.Float([]float32{0})
	class := "BatchNorm1d"
	if len(in) == 3 {
		class = "BatchNorm2d"
	}
	return l.layer(nd, class, args{"num_features": float64(in[0]), "eps": number(float(nd, "epsilon", 1e-5))}, ws)
}

func layerNorm(l *lowerer, _ int, nd onnx.View) error {
	in, _, err := l.shapes(nd)
	if err != nil {
		return err
	}
	axis := integer(nd, "axis", -1)
	if axis > 0 {
		axis -= len(in) + 1
	}
	if axis == 0 || -axis > len(in) {
		return fmt.Errorf("axis %d", axis)
	}
	shape := in[len(in)+axis:]
	p := args{"normalized_shape": list(shape), "eps": number(float(nd, "epsilon", 1e-5))}
	w, err := l.constant(nd, 1)
	if err != nil || !slices.Equal(w.Shape, shape) {
		return fmt.Errorf("its scale is not a constant of shape %v", shape)
	}
	ws := weights{"weight": w}
	if len(nd.In) > 2 && nd.In[2] >= 0 {
		if ws["bias"], err = l.constant(nd, 2); err != nil {
			return err
		}
	} else {
		p["bias"] = false
	}
	return l.layer(nd, "LayerNorm", p, ws)
}

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
		in, err := l.shape(nd)
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
		in, err := l.shape(nd)
		if err != nil {
			return err
		}
		if dims := len(in) - 1; dims == 1 || dims == 2 {
			return l.layer(nd, sized(class, dims), args{"output_size": 1.0}, nil)
		}
		return fmt.Errorf("%d dimensions", len(in)-1)
	}
}

// reduce is a pool over some dimensions, which are dropped or left as 1; perElement is
// 1 for a pool, and 0 for a sum, which is a mean times a number.
func reduce(class string, perElement int) rule {
	return func(l *lowerer, _ int, nd onnx.View) error {
		v, err := l.data(nd, 0)
		if err != nil {
			return err
		}
		axes, err := l.wholes(nd, 1, "axes")
		if err != nil {
			return err
		}
		var over, kept []int
		for i := range axes {
			if axes[i], err = axis(axes[i], len(v.dims)); err != nil {
				return err
			}
			over = append(over, v.dims[axes[i]]...)
		}
		if len(axes) == 0 || slices.Contains(over, batch) {
			return fmt.Errorf("over dimensions %v of %v", axes, v.all())
		}
		for a := range v.shape {
			if !slices.Contains(over, a) {
				kept = append(kept, a)
			}
		}
		slices.Sort(over)
		y := l.pooled(v, class, kept, over)
		if perElement == 0 {
			y = l.times(y, float32(v.size(over)))
		}
		for d := len(v.dims) - 1; d >= 0; d-- {
			if slices.Contains(axes, d) && integer(nd, "keepdims", 1) == 0 {
				y.dims = slices.Delete(y.dims, d, d+1)
			}
		}
		return l.set(nd.Out[0], y)
	}
}

// pooled is a pool over all of some axes; the others are its channels.
func (l *lowerer) pooled(v value, class string, kept, over []int) value {
	channels, window := []int{v.size(kept)}, [][]int{over}
	if len(over) == 2 && len(kept) > 0 && slices.Max(kept) < over[0] { // a picture
		window = [][]int{over[:1], over[1:]}
	}
	w := l.arrange(v, append([][]int{kept}, window...))
	id := l.add(sized(class, len(window)), args{"output_size": 1.0}, nil, w.id)
	y := value{id: id, have: append(channels, slices.Repeat([]int{1}, len(window))...)}
	number := map[int]int{}
	for _, a := range kept {
		number[a] = len(y.shape)
		y.shape = append(y.shape, v.shape[a])
	}
	y.dims = renumbered(v.dims, func(a int) []int {
		if n, ok := number[a]; ok {
			return []int{n}
		}
		return nil
	})
	return y
}

func batchNorm(l *lowerer, _ int, nd onnx.View) error {
	in, err := l.shape(nd)
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

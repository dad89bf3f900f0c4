package nn

import "strings"

func init() {
	register("MultiheadAttention", func(a *args) plan {
		width := a.size("embed_dim")
		a.refuse("add_bias_kv", false)
		a.refuse("add_zero_attn", false)
		for _, name := range []string{"kdim", "vdim"} {
			a.refuse(name, float64(width))
		}
		batchFirst(a)
		b := &assembly{dims: 2, width: width}
		b.attend(a, width, a.size("num_heads"), a.probability("dropout", 0), a.bool("bias", true), "", 0)
		return b.plan()
	})
	register("TransformerEncoderLayer", transformerPlan)
}

// attend adds torch.nn.MultiheadAttention(x, x, x): the product in front, the
// attention, the product behind.
func (b *assembly) attend(a *args, width, heads int, p float64, bias bool, prefix string, from int) int {
	if width%heads != 0 {
		a.failf("%d heads do not divide a width of %d", heads, width)
		heads = 1
	}
	project, err := planOf(Spec{"Linear", map[string]any{"in_features": width, "out_features": 3 * width, "bias": bias}})
	if err != nil {
		a.failf("%w", err)
	}
	v := b.layer(project, func(name string) string { return prefix + "in_proj_" + name }, from)
	v = b.layer(plan{nil, func([]*param) layer {
		return &attention{width: width, heads: heads, drop: dropout{p: p}}
	}}, strings.Clone, v)
	return b.spec(a, "Linear", map[string]any{"in_features": width, "out_features": width, "bias": bias}, prefix+"out_proj.", v)
}

// transformerPlan is torch.nn.TransformerEncoderLayer: attention and a
// feed-forward net, each with a residual and a LayerNorm before or behind it.
func transformerPlan(a *args) plan {
	width, heads, wide := a.size("d_model"), a.size("nhead"), a.int("dim_feedforward", 2048, 1)
	p, bias, first := a.probability("dropout", 0.1), a.bool("bias", true), a.bool("norm_first", false)
	activation := map[string]string{"relu": "ReLU", "gelu": "GELU"}[a.choice("activation", "relu", "gelu")]
	eps := a.float("layer_norm_eps", 1e-5)
	batchFirst(a)
	b := &assembly{dims: 2, width: width}
	norm := func(name string, from int) int {
		return b.spec(a, "LayerNorm", map[string]any{"normalized_shape": width, "eps": eps, "bias": bias}, name+".", from)
	}
	drop := func(from int) int { return b.spec(a, "Dropout", map[string]any{"p": p}, "", from) }
	linear := func(name string, in, out, from int) int {
		return b.spec(a, "Linear", map[string]any{"in_features": in, "out_features": out, "bias": bias}, name+".", from)
	}
	attend := func(from int) int { return drop(b.attend(a, width, heads, p, bias, "self_attn.", from)) }
	feed := func(from int) int {
		v := b.spec(a, activation, nil, "", linear("linear1", width, wide, from))
		return drop(linear("linear2", wide, width, drop(v)))
	}
	if first {
		v := b.join(sum, 0, attend(norm("norm1", 0)))
		b.join(sum, v, feed(norm("norm2", v)))
	} else {
		v := norm("norm1", b.join(sum, 0, attend(0)))
		norm("norm2", b.join(sum, v, feed(v)))
	}
	return b.plan()
}

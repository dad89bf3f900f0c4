package layers

func init() {
	register("MultiheadAttention", func(a *args) Plan {
		width := a.size("embed_dim")
		a.refuse("add_bias_kv", false)
		a.refuse("add_zero_attn", false)
		for _, name := range []string{"kdim", "vdim"} {
			a.refuse(name, float64(width))
		}
		batchFirst(a)
		b := assemble(a, 2, width)
		b.attend(width, a.size("num_heads"), a.probability("dropout", 0), a.bool("bias", true), "", 0)
		return b.plan
	})
	register("TransformerEncoderLayer", transformerPlan)
}

// attend adds torch.nn.MultiheadAttention(x, x, x): the input product, the
// attention, the output product.
func (b *assembly) attend(width, heads int, p float64, bias bool, prefix string, from int) int {
	if width%heads != 0 {
		b.args.failf("%d heads do not divide a width of %d", heads, width)
		heads = 1
	}
	v := b.spec("Linear", map[string]any{"in_features": width, "out_features": 3 * width, "bias": bias}, prefix+"in_proj_", from)
	v = b.join(&attention{width: width, heads: heads, drop: dropout{p: p}}, v)
	return b.spec("Linear", map[string]any{"in_features": width, "out_features": width, "bias": bias}, prefix+"out_proj.", v)
}

// transformerPlan is torch.nn.TransformerEncoderLayer: attention and a
// feed-forward net, each with a residual and a LayerNorm before or after it.
func transformerPlan(a *args) Plan {
	width, heads, hidden := a.size("d_model"), a.size("nhead"), a.int("dim_feedforward", 2048, 1)
	p, bias, first := a.probability("dropout", 0.1), a.bool("bias", true), a.bool("norm_first", false)
	activation := map[string]string{"relu": "ReLU", "gelu": "GELU"}[a.choice("activation", "relu", "gelu")]
	eps := a.float("layer_norm_eps", 1e-5)
	batchFirst(a)
	b := assemble(a, 2, width)
	norm := func(name string, from int) int {
		return b.spec("LayerNorm", map[string]any{"normalized_shape": width, "eps": eps, "bias": bias}, name+".", from)
	}
	drop := func(from int) int { return b.spec("Dropout", map[string]any{"p": p}, "", from) }
	linear := func(name string, in, out, from int) int {
		return b.spec("Linear", map[string]any{"in_features": in, "out_features": out, "bias": bias}, name+".", from)
	}
	attend := func(from int) int { return drop(b.attend(width, heads, p, bias, "self_attn.", from)) }
	feed := func(from int) int {
		v := b.spec(activation, nil, "", linear("linear1", width, hidden, from))
		return drop(linear("linear2", hidden, width, drop(v)))
	}
	if first {
		v := b.join(add{}, 0, attend(norm("norm1", 0)))
		b.join(add{}, v, feed(norm("norm2", v)))
	} else {
		v := norm("norm1", b.join(add{}, 0, attend(0)))
		norm("norm2", b.join(add{}, v, feed(v)))
	}
	return b.plan
}

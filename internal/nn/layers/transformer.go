package layers

import "fmt"

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
		b.causal = a.bool("is_causal", false)
		b.attend(width, a.size("num_heads"), a.probability("dropout", 0), a.bool("bias", true), "", 0)
		return b.plan
	})
	register("TransformerEncoderLayer", encoderPlan)
	register("TransformerDecoderLayer", decoderPlan)
}

// attend adds torch.nn.MultiheadAttention(x, x, x): the input product, the
// attention, the output product.
func (b *assembly) attend(width, heads int, p float64, bias bool, prefix string, from int) int {
	if width%heads != 0 {
		b.args.failf("%d heads do not divide a width of %d", heads, width)
		heads = 1
	}
	v := b.spec("Linear", map[string]any{"in_features": width, "out_features": 3 * width, "bias": bias}, prefix+"in_proj_", from)
	v = b.join(&attention{width: width, heads: heads, causal: b.causal, drop: dropout{p: p}}, v)
	return b.spec("Linear", map[string]any{"in_features": width, "out_features": width, "bias": bias}, prefix+"out_proj.", v)
}

// cross adds torch.nn.MultiheadAttention(x, memory, memory).
func (b *assembly) cross(width, heads int, p float64, bias bool, prefix string, from int) int {
	if width%heads != 0 {
		heads = 1 // attend has said so
	}
	v := b.layer(crossPlan(width, heads, p, bias), func(name string) string { return prefix + name }, from, LastInput)
	return b.spec("Linear", map[string]any{"in_features": width, "out_features": width, "bias": bias}, prefix+"out_proj.", v)
}

// transformer is a layer of torch.nn.Transformer as it is put together: blocks, each
// with a residual and a LayerNorm before or after it.
type transformer struct {
	*assembly
	width, heads, hidden int
	p, eps               float64
	bias, first          bool
	activation           string
	norms                int
}

func readTransformer(a *args) *transformer {
	t := &transformer{
		width: a.size("d_model"), heads: a.size("nhead"), hidden: a.int("dim_feedforward", 2048, 1),
		p: a.probability("dropout", 0.1), bias: a.bool("bias", true), first: a.bool("norm_first", false),
		activation: map[string]string{"relu": "ReLU", "gelu": "GELU"}[a.choice("activation", "relu", "gelu")],
		eps:        a.float("layer_norm_eps", 1e-5),
	}
	batchFirst(a)
	t.assembly = assemble(a, 2, t.width)
	return t
}

// block adds x + f(norm(x)), or norm(x + f(x)).
func (t *transformer) block(from int, f func(from int) int) int {
	t.norms++
	norm := func(from int) int {
		return t.spec("LayerNorm", map[string]any{"normalized_shape": t.width, "eps": t.eps, "bias": t.bias}, fmt.Sprintf("norm%d.", t.norms), from)
	}
	if t.first {
		return t.join(add{}, from, t.drop(f(norm(from))))
	}
	return norm(t.join(add{}, from, t.drop(f(from))))
}

func (t *transformer) drop(from int) int {
	return t.spec("Dropout", map[string]any{"p": t.p}, "", from)
}

func (t *transformer) linear(name string, in, out, from int) int {
	return t.spec("Linear", map[string]any{"in_features": in, "out_features": out, "bias": t.bias}, name+".", from)
}

func (t *transformer) attendSelf(from int) int {
	return t.attend(t.width, t.heads, t.p, t.bias, "self_attn.", from)
}

func (t *transformer) attendMemory(from int) int {
	return t.cross(t.width, t.heads, t.p, t.bias, "multihead_attn.", from)
}

func (t *transformer) feed(from int) int {
	v := t.spec(t.activation, nil, "", t.linear("linear1", t.width, t.hidden, from))
	return t.linear("linear2", t.hidden, t.width, t.drop(v))
}

// encoderPlan is torch.nn.TransformerEncoderLayer, and with is_causal what it computes if
// its forward is given that and the mask that belongs to it: no token sees those after it.
func encoderPlan(a *args) Plan {
	t := readTransformer(a)
	t.causal = a.bool("is_causal", false)
	t.block(t.block(0, t.attendSelf), t.feed)
	return t.plan
}

// decoderPlan is torch.nn.TransformerDecoderLayer(x, memory) without masks, or (x, x)
// with one input.
func decoderPlan(a *args) Plan {
	t := readTransformer(a)
	t.block(t.block(t.block(0, t.attendSelf), t.attendMemory), t.feed)
	t.plan.MaxInputs = 2
	return t.plan
}

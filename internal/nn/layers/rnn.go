package layers

import "fmt"

func init() {
	register("LSTM", func(a *args) Plan { return rnnPlan(a, lstmCell{}) })
	register("GRU", func(a *args) Plan { return rnnPlan(a, gruCell{}) })
	register("RNN", func(a *args) Plan {
		return rnnPlan(a, rnnCell{relu: a.choice("nonlinearity", "tanh", "relu") == "relu"})
	})
}

// rnnPlan stacks directions into layers: torch.nn.LSTM, GRU and RNN. The next layer
// gets the output of every step of time (the first of the values that they return
// in PyTorch). Only batch_first is supported; otherwise the first dimension is time,
// not the batch.
func rnnPlan(a *args, c cell) Plan {
	in, hidden := a.size("input_size"), a.size("hidden_size")
	layers, bias, p := a.int("num_layers", 1, 1), a.bool("bias", true), a.probability("dropout", 0)
	both := a.bool("bidirectional", false)
	a.refuse("proj_size", 0.0)
	batchFirst(a)
	if layers > 64 {
		a.failf("num_layers %d: %w (at most 64)", layers, ErrUnsupported)
		layers = 1
	}
	b := assemble(a, 2, in)
	value := 0
	for k := range layers {
		suffix := fmt.Sprintf("_l%d", k)
		from, width := value, hidden
		value = b.layer(recurrentPlan(c, in, hidden, bias, false), func(name string) string { return name + suffix }, from)
		if both {
			back := b.layer(recurrentPlan(c, in, hidden, bias, true), func(name string) string { return name + suffix + "_reverse" }, from)
			value = b.join(&concat{dim: -1}, value, back)
			width = 2 * hidden
		}
		in = width
		if p > 0 && k < layers-1 {
			value = b.spec("Dropout", map[string]any{"p": p}, "", value)
		}
	}
	return b.plan
}

// batchFirst refuses PyTorch's default, under which the first dimension is time.
func batchFirst(a *args) {
	if !a.bool("batch_first", false) {
		a.failf("batch_first=False, under which the first dimension of a batch is time: %w; "+
			"the weights are the same: say batch_first=True if the model's forward() transposes, or export the model as ONNX, which says where it does", ErrUnsupported)
	}
}

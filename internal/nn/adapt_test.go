package nn

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// loraCase is a training of adapters by PEFT: packagefmt/lora/testdata/fixtures.py.
type loraCase struct {
	fixture
	Tied     map[string]string
	Adapters []struct {
		Layer, Lo, Hi, Rank int
		Weight, Path        string
		Scale               float64
		A, B                plain
	}
	exact bool // the optimizer has the same bits on every processor
}

func readLoraCases(t testing.TB) []loraCase {
	t.Helper()
	return readCases[loraCase](t, "lora")
}

func (c loraCase) graph() []Node { return Nodes(c.specs(), nil, c.Tied) }

func (c loraCase) adapters(dropout float64) (list []Adapter) {
	for _, a := range c.Adapters {
		list = append(list, Adapter{
			Place: Place{Layer: a.Layer, Weight: a.Weight, Lo: a.Lo, Hi: a.Hi},
			Rank:  a.Rank, Scale: a.Scale, Dropout: dropout, A: a.A.tensor(), B: a.B.tensor(),
		})
	}
	return list
}

func (c loraCase) adapted(t testing.TB, dropout float64) *Net {
	t.Helper()
	n, err := NewGraph(c.graph(), c.weights())
	require.NoError(t, err)
	require.NoError(t, n.Adapt(c.adapters(dropout)))
	return n
}

// TestAdaptersMatchPEFT follows PEFT through whole trainings, with and without what comes
// before the first adapter being computed once.
func TestAdaptersMatchPEFT(t *testing.T) {
	for _, c := range readLoraCases(t) {
		t.Run(strings.ReplaceAll(c.Name, " ", "_"), func(t *testing.T) {
			eachClass(t, func(t *testing.T) {
				one := c.fit(t, 1, false)
				require.Equal(t, one, c.fit(t, 3, false), "the number of threads shows")
				require.Equal(t, one, c.fit(t, 2, true), "computing the front once shows")
				for name, want := range c.Want {
					if strings.HasPrefix(name, "merged.") {
						continue
					}
					limit := want.tolerance()
					if strings.HasPrefix(name, "final.") || name == "losses" || name == "answers" {
						limit = max(limit, 1e-5*want.Top) // rounding adds up over the steps
					}
					want.within(t, name, one[name], limit)
				}
			})
		})
	}
}

func (c loraCase) optimizer() Optimizer {
	if strings.HasSuffix(c.Name, "sgd") {
		return &SGD{}
	}
	adam := NewAdam()
	adam.Exact = c.exact
	if c.Name == "gpt last block" {
		adam.WeightDecay, adam.Decoupled = 0.1, true
	}
	return adam
}

func (c loraCase) fit(t *testing.T, threads int, divided bool) map[string][]float32 {
	n := c.adapted(t, 0)
	before := n.frozenBits()
	x := c.X.tensor()
	net, in := n, x
	if front, rest := n.Divide(); divided && front != nil {
		var err error
		in, err = front.Forward(x)
		require.NoError(t, err)
		net = rest
	}
	tr, err := net.NewTrainer(in.Shape[1:], TrainConfig{Batch: c.Batch, Threads: threads, Optimizer: c.optimizer()})
	require.NoError(t, err)
	defer tr.Close()
	got := map[string][]float32{}
	c.train(t, tr, n, in, got)
	y, err := n.Forward(x)
	require.NoError(t, err)
	got["answers"] = y.Data
	require.Equal(t, before, n.frozenBits(), "training changed what is frozen")
	return got
}

func (c loraCase) train(t *testing.T, tr *Trainer, n *Net, x tensor.Tensor, got map[string][]float32) {
	for range c.Epochs {
		for lo := 0; lo < x.Shape[0]; lo += c.Batch {
			hi := min(lo+c.Batch, x.Shape[0])
			b, err := tr.Gradients(x.Data[lo*tr.inLen:hi*tr.inLen], c.Labels[lo*tr.rows:hi*tr.rows])
			require.NoError(t, err)
			first := len(got["losses"]) == 0
			if first {
				got["logits"] = append([]float32{}, tr.run.values[len(tr.net.nodes)].x...)
				n.eachAdapter(func(name string, _, grad tensor.Tensor) { got["grad."+name] = grad.Data })
			}
			got["losses"] = append(got["losses"], float32(b.Loss))
			require.NoError(t, tr.update(c.Rate))
			if first {
				n.eachAdapter(func(name string, w, _ tensor.Tensor) { got["step."+name] = w.Data })
			}
		}
	}
	for j, pair := range n.Adapters() {
		got[fmt.Sprintf("final.%d.A", j)], got[fmt.Sprintf("final.%d.B", j)] = pair[0].Data, pair[1].Data
	}
}

// eachAdapter calls f for every A and B, named by the number of its adapter.
func (n *Net) eachAdapter(f func(name string, w, grad tensor.Tensor)) {
	seen := map[int]bool{}
	for _, nd := range n.nodes {
		p := nd.layer.Params()
		if nd.part < adapterPart || len(p) == 0 {
			continue
		}
		part := "A"
		if seen[nd.part] {
			part = "B"
		}
		seen[nd.part] = true
		f(fmt.Sprintf("%d.%s", nd.part-adapterPart, part), p[0].Tensor(), p[0].TensorOf(p[0].G))
	}
}

// frozenBits are all numbers that are not learned.
func (n *Net) frozenBits() (all []float32) {
	for _, nd := range n.nodes {
		for _, p := range nd.layer.Params() {
			if !p.Learned() {
				all = append(all, p.W...)
			}
		}
	}
	return all
}

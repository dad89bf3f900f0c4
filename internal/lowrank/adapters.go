package lowrank

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// Names of a module's two tensors, as PEFT writes them behind the path.
func tensorNames(path string, table bool) (a, b string) {
	if table {
		return path + ".lora_embedding_A", path + ".lora_embedding_B"
	}
	return path + ".lora_A.weight", path + ".lora_B.weight"
}

// place is a module with what the configuration makes of it.
type place struct {
	Module
	rank   int
	scale  float64
	shapes [2][]int // of A and B
	names  [2]string
	table  bool
}

// places are what the configuration asks for, in the order of the network.
func (c Config) places(net *nn.Net, names []string) ([]place, error) {
	all, err := Modules(net, names)
	if err != nil {
		return nil, err
	}
	modules, err := c.Targeted(all)
	if err != nil {
		return nil, err
	}
	ranks, err := newPattern(c.RankPattern, c.Rank)
	if err != nil {
		return nil, err
	}
	alphas, err := newPattern(c.AlphaPattern, c.Alpha)
	if err != nil {
		return nil, err
	}
	list := make([]place, len(modules))
	for i, m := range modules {
		if list[i], err = c.place(net, m, ranks, alphas); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (c Config) place(net *nn.Net, m Module, ranks pattern[int], alphas pattern[float64]) (p place, err error) {
	p.Module = m
	if p.rank, err = ranks.of(m.Path); err != nil {
		return p, err
	}
	alpha, err := alphas.of(m.Path)
	if err != nil {
		return p, err
	}
	p.scale = c.scale(alpha, p.rank)
	if p.shapes[0], p.shapes[1], p.table, err = net.AdapterShapes(m.Place, p.rank); err != nil {
		return p, fmt.Errorf("%w: %s: %w", ErrConfig, m.Path, err)
	}
	p.names[0], p.names[1] = tensorNames(m.Path, p.table)
	return p, nil
}

// Adapters are those of the configuration with the weights, in the order of the network. It
// fails, naming the tensor, unless the weights are exactly those that the configuration asks for,
// of the right shapes and finite.
func (c Config) Adapters(net *nn.Net, names []string, weights map[string]tensor.Tensor) ([]nn.Adapter, error) {
	places, err := c.places(net, names)
	if err != nil {
		return nil, err
	}
	var list []nn.Adapter
	left := maps.Clone(weights)
	for _, p := range places {
		a := nn.Adapter{Place: p.Place, Rank: p.rank, Scale: p.scale, Dropout: c.Dropout}
		for i, to := range []*tensor.Tensor{&a.A, &a.B} {
			t, ok := weights[p.names[i]]
			switch {
			case !ok:
				return nil, fmt.Errorf("%w: tensor %s is missing", nn.ErrAdapter, p.names[i])
			case !slices.Equal(t.Shape, p.shapes[i]) || len(t.Data) != tensor.Size(p.shapes[i]):
				return nil, fmt.Errorf("%w: tensor %s has shape %v (%d values): want %v for rank %d", nn.ErrAdapter, p.names[i], t.Shape, len(t.Data), p.shapes[i], p.rank)
			}
			if err := tensor.CheckFinite(t.Data); err != nil {
				return nil, fmt.Errorf("%w: tensor %s: %w", nn.ErrAdapter, p.names[i], err)
			}
			*to = t
			delete(left, p.names[i])
		}
		list = append(list, a)
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("%w: the model has no place for %s", nn.ErrAdapter, someOf(left))
	}
	return list, nil
}

// Shapes are the adapters that the configuration asks for, without weights, in the order of the network.
func (c Config) Shapes(net *nn.Net, names []string) ([]nn.Adapter, error) {
	places, err := c.places(net, names)
	if err != nil {
		return nil, err
	}
	list := make([]nn.Adapter, len(places))
	for i, p := range places {
		list[i] = nn.Adapter{Place: p.Place, Rank: p.rank, Scale: p.scale, Dropout: c.Dropout}
	}
	return list, nil
}

func someOf(tensors map[string]tensor.Tensor) string {
	names := slices.Sorted(maps.Keys(tensors))
	if len(names) > 8 {
		names = append(names[:8], "…")
	}
	return strings.Join(names, ", ")
}

// Weights names the tensors of an adapted network ([nn.Net.Adapters]).
func (c Config) Weights(base *nn.Net, names []string, trained [][2]tensor.Tensor) (map[string]tensor.Tensor, error) {
	places, err := c.places(base, names)
	if err != nil {
		return nil, err
	}
	weights := map[string]tensor.Tensor{}
	for i, p := range places {
		weights[p.names[0]], weights[p.names[1]] = trained[i][0], trained[i][1]
	}
	return weights, nil
}

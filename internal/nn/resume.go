package nn

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// State is what training needs, besides the weights, to go on as if it had never
// stopped: the steps taken, and what the optimizer keeps for each parameter,
// named <weight>.<number> and flat, in this package's own layout.
type State struct {
	Steps     int
	Optimizer map[string]tensor.Tensor
}

// State copies the state out.
func (t *Trainer) State() State {
	s := State{Steps: int(t.steps), Optimizer: map[string]tensor.Tensor{}}
	_ = t.eachState(func(name string, data []float32) error { // which never fails
		s.Optimizer[name] = tensor.Tensor{Shape: []int{len(data)}, Data: append([]float32{}, data...)}
		return nil
	})
	return s
}

// SetState copies a state in. It fails if the state is not of this network and this
// kind of optimizer; the trainer may then have parts of it.
func (t *Trainer) SetState(s State) error {
	if s.Steps < 0 {
		return fmt.Errorf("training state: %d steps", s.Steps)
	}
	used := 0
	err := t.eachState(func(name string, data []float32) error {
		from, ok := s.Optimizer[name]
		if !ok || len(from.Data) != len(data) {
			return fmt.Errorf("training state: %s has %d values, want %d: it belongs to another network or optimizer", name, len(from.Data), len(data))
		}
		if err := tensor.CheckFinite(from.Data); err != nil {
			return fmt.Errorf("training state: %s: %w", name, err)
		}
		copy(data, from.Data)
		used++
		return nil
	})
	if err != nil {
		return err
	}
	if used != len(s.Optimizer) {
		return fmt.Errorf("training state: %d of its %d tensors belong to another network or optimizer", len(s.Optimizer)-used, len(s.Optimizer))
	}
	t.steps = uint64(s.Steps)
	t.cfg.Optimizer.SetSteps(s.Steps)
	return nil
}

// eachState calls f for everything that the optimizer keeps.
func (t *Trainer) eachState(f func(name string, data []float32) error) error {
	return t.net.eachParam(func(owner int, p *layers.Param) error {
		if !p.Learned() {
			return nil
		}
		for j, data := range t.cfg.Optimizer.States(p.Spago) {
			if err := f(fmt.Sprintf("%s.%d", weightName(owner, p.Name), j), data); err != nil {
				return err
			}
		}
		return nil
	})
}

package packagefmt

import (
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
	"github.com/decloud-sdk/decloud-go/packagefmt/internal/torchfile"
)

// maxWork bounds the steps of walking a module tree. A pickle may hold the same
// module in many places, so a small file can describe an endless tree; 4,096
// layers with all their weights take about 40,000 steps.
const maxWork = 1 << 16

// module is a pickled torch.nn.Module: its __dict__.
type module struct {
	class pickle.Global
	state *pickle.Dict
	work  *int // steps of the whole walk so far
}

func newModule(o *pickle.Object, work *int) (module, error) {
	state, ok := o.State.(*pickle.Dict)
	if !ok || len(o.Args) != 0 {
		return module{}, fmt.Errorf("%.200s is not a torch.nn.Module", o.Class)
	}
	for _, name := range []string{"_modules", "_parameters", "_buffers", "_forward_hooks", "_forward_pre_hooks"} {
		if v, ok := state.Get(name); ok && v != nil {
			if _, ok := v.(*pickle.Dict); !ok {
				return module{}, fmt.Errorf("%.200s is not a torch.nn.Module: its %s are no dictionary", o.Class, name)
			}
		}
	}
	m := module{o.Class, state, work}
	return m, m.charge(1)
}

// charge counts n steps; it returns an error once they are too many.
func (m module) charge(n int) error {
	if *m.work += n; *m.work > maxWork {
		return fmt.Errorf("%w: the tree of modules is too large or endless", ErrInvalid)
	}
	return nil
}

// dict returns a dictionary of the module; an absent one is empty.
func (m module) dict(name string) *pickle.Dict {
	if v, ok := m.state.Get(name); ok {
		if d, ok := v.(*pickle.Dict); ok {
			return d
		}
	}
	return &pickle.Dict{}
}

// checkPlain returns an error if the module has Python functions that would
// change what it computes.
func (m module) checkPlain() error {
	for _, hooks := range []string{"_forward_hooks", "_forward_pre_hooks"} {
		if m.dict(hooks).Len() > 0 {
			return fmt.Errorf("it has %s: Python functions that change what it computes; remove them and save it again", hooks)
		}
	}
	if _, ok := m.state.Get("forward"); ok {
		return fmt.Errorf("its forward was replaced by a Python function, which is not run here")
	}
	return nil
}

// children calls visit for every child in order.
func (m module) children(visit func(name string, child *pickle.Object) error) error {
	d := m.dict("_modules")
	if err := m.charge(d.Len()); err != nil {
		return err
	}
	for _, key := range d.Keys() {
		name, isString := key.(string)
		v, _ := d.Get(key)
		if v == nil && isString {
			continue // registered as None
		}
		child, ok := v.(*pickle.Object)
		if !ok || !isString {
			return fmt.Errorf("%w: child %.100v of a %s is not a module", ErrInvalid, key, m.class)
		}
		if err := visit(name, child); err != nil {
			return err
		}
	}
	return nil
}

// tensors returns the module's own parameters and persistent buffers, in order.
func (m module) tensors() (names []string, err error) {
	skip := map[any]bool{}
	if v, ok := m.state.Get("_non_persistent_buffers_set"); ok {
		if s, ok := v.(*pickle.Set); ok {
			if err := m.charge(len(s.Items)); err != nil {
				return nil, err
			}
			for _, item := range s.Items {
				if name, ok := item.(string); ok {
					skip[name] = true
				}
			}
		}
	}
	for _, which := range []string{"_parameters", "_buffers"} {
		d := m.dict(which)
		if err := m.charge(d.Len()); err != nil {
			return nil, err
		}
		for _, key := range d.Keys() {
			name, ok := key.(string)
			if v, _ := d.Get(key); ok && v != nil && !(which == "_buffers" && skip[name]) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// tensor returns a parameter or buffer by its name.
func (m module) tensor(name string) (torchfile.Tensor, bool) {
	for _, which := range []string{"_parameters", "_buffers"} {
		if v, ok := m.dict(which).Get(name); ok {
			if t, ok := v.(torchfile.Tensor); ok {
				return t, true
			}
		}
	}
	return torchfile.Tensor{}, false
}

// eachTensor visits the tensors of a layer, those of its parts (a
// MultiheadAttention's out_proj) included, by their names in PyTorch.
func (m module) eachTensor(prefix string, depth int, visit func(name string, t torchfile.Tensor) error) error {
	if depth > 4 {
		return fmt.Errorf("%w: a layer's parts are nested too deep", ErrInvalid)
	}
	names, err := m.tensors()
	if err != nil {
		return err
	}
	for _, name := range names {
		t, ok := m.tensor(name)
		if !ok {
			return fmt.Errorf("%w: %.100s is not a tensor", ErrInvalid, prefix+name)
		}
		if err := visit(prefix+name, t); err != nil {
			return err
		}
	}
	return m.children(func(name string, child *pickle.Object) error {
		part, err := newModule(child, m.work)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		if err := part.checkPlain(); err != nil {
			return fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		return part.eachTensor(prefix+name+".", depth+1, visit)
	})
}

// attr returns an attribute as a JSON value; ok is false if there is none.
func (m module) attr(name string) (v any, ok bool, err error) {
	raw, ok := m.state.Get(name)
	if !ok {
		return nil, false, nil
	}
	v, err = jsonValue(raw, 0)
	if err != nil {
		return nil, false, fmt.Errorf("argument %s: %w", name, err)
	}
	return v, true, nil
}

// jsonValue converts a plain Python value.
func jsonValue(v any, depth int) (any, error) {
	switch v := v.(type) {
	case nil, bool, string:
		return v, nil
	case int64:
		if v > 1<<53 || v < -1<<53 {
			return nil, fmt.Errorf("%d is out of range", v)
		}
		return float64(v), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is not finite", v)
		}
		return v, nil
	case pickle.Tuple:
		return jsonList(v, depth)
	case *pickle.List:
		return jsonList(v.Items, depth)
	}
	return nil, fmt.Errorf("a Python value that is not a number, string, bool, list or None (%T)", v)
}

func jsonList(items []any, depth int) (any, error) {
	if depth > 2 || len(items) > 16 {
		return nil, fmt.Errorf("a list that is too long or too deep")
	}
	out := make([]any, len(items))
	for i, item := range items {
		var err error
		if out[i], err = jsonValue(item, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

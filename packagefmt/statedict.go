package packagefmt

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
	"github.com/decloud-sdk/decloud-go/packagefmt/internal/torchfile"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// root finds the model in what was saved: the value itself, or an entry of a
// checkpoint dictionary.
func (l *torchLoader) root() (any, error) {
	d, ok := l.file.Root.(*pickle.Dict)
	if !ok {
		return l.file.Root, nil
	}
	if l.opts.Key != "" {
		v, ok := d.Get(l.opts.Key)
		if !ok {
			return nil, fmt.Errorf("%w: the file has no entry %q; it holds %s", ErrInvalid, l.opts.Key, keyList(d))
		}
		return v, nil
	}
	if isStateDict(d) {
		return d, nil
	}
	var found []string
	for _, want := range []func(any) bool{isModel, isStateDict} {
		for _, key := range d.Keys() {
			if v, _ := d.Get(key); want(v) {
				if name, ok := key.(string); ok {
					found = append(found, name)
				}
			}
		}
		if len(found) > 0 {
			break // a whole model is better than its weights
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%w: the file holds a dictionary of %s; name the model's entry with --key NAME (PyTorchOptions.Key), "+
			"or save the model itself with torch.save(model, path)", ErrUnsupported, keyList(d))
	}
	l.model.Assumed = append(l.model.Assumed, fmt.Sprintf("the model is the file's entry %.60q", found[0]))
	v, _ := d.Get(found[0])
	return v, nil
}

// isModel reports whether v is a module with parameters of its own or its children's:
// losses and metrics, which lie beside models, are modules without.
func isModel(v any) bool {
	work := maxWork
	var learns func(v any, depth int) bool
	learns = func(v any, depth int) bool {
		o, ok := v.(*pickle.Object)
		if !ok || depth > maxDepth {
			return false
		}
		state, ok := o.State.(*pickle.Dict)
		if !ok {
			return false
		}
		m := module{class: o.Class, state: state}
		parameters, children := m.dict("_parameters"), m.dict("_modules")
		if work -= 1 + parameters.Len() + children.Len(); work < 0 {
			return false
		}
		for _, key := range parameters.Keys() {
			if v, _ := parameters.Get(key); v != nil {
				return true
			}
		}
		for _, key := range children.Keys() {
			if v, _ := children.Get(key); learns(v, depth+1) {
				return true
			}
		}
		return false
	}
	return learns(v, 0)
}

// isStateDict reports whether v holds tensors and nothing else, not only such that
// cannot be read.
func isStateDict(v any) bool {
	d, ok := v.(*pickle.Dict)
	if !ok || d.Len() == 0 {
		return false
	}
	readable := false
	for _, key := range d.Keys() {
		v, _ := d.Get(key)
		t, ok := v.(torchfile.Tensor)
		if !ok {
			return false
		}
		readable = readable || t.Readable()
	}
	return readable
}

func keyList(d *pickle.Dict) string {
	var names []string
	for _, key := range d.Keys()[:min(d.Len(), 8)] {
		names = append(names, fmt.Sprintf("%.40q", fmt.Sprint(key)))
	}
	if d.Len() > len(names) {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// stateDict assigns a state_dict's weights to the layers of the options.
func (l *torchLoader) stateDict(d *pickle.Dict) error {
	if !isStateDict(d) {
		return fmt.Errorf("%w: neither a model nor a state_dict, but a dictionary of %s", ErrUnsupported, keyList(d))
	}
	if len(l.opts.Layers) == 0 {
		return fmt.Errorf("%w: the file holds a state_dict: weights without the layers they belong to; "+
			"save the model itself with torch.save(model, path), or list its layers in a file for --layers (PyTorchOptions.Layers)", ErrUnsupported)
	}
	if err := checkLayers(l.opts.Layers); err != nil {
		return err
	}
	var names []string
	for _, key := range d.Keys() {
		name, ok := key.(string)
		if !ok {
			return fmt.Errorf("%w: the state_dict has the key %.40v, which is not a name", ErrInvalid, key)
		}
		names = append(names, name)
	}
	byLayer, err := inFileOrder(l.opts.Layers, names)
	if err != nil {
		return err
	}
	l.model.Layers = slices.Clone(l.opts.Layers)
	l.model.Names = byLayer.prefixes
	l.model.Assumed = append(l.model.Assumed, "the layers run in the order that their weights have in the state_dict")
	for _, name := range names {
		v, _ := d.Get(name)
		if err := l.weight(byLayer.target[name], v.(torchfile.Tensor)); err != nil { // isStateDict has checked the type
			return err
		}
	}
	l.model.inOrder()
	return nil
}

// inOrder makes a graph of layers that run in order, if one of them stands in graphs only.
func (n *Network) inOrder() {
	if !slices.ContainsFunc(n.Layers, func(l Layer) bool { return nn.GraphOnly(l.Type) }) {
		return
	}
	n.Inputs = nil
	for i := range n.Layers {
		n.Inputs = append(n.Inputs, []int{i})
	}
}

// layout maps the names of weights in a file to layers.<i>.<param>.
type layout struct {
	prefixes []string // of each layer, without the dot
	target   map[string]string
}

// inFileOrder assigns names, in order, to the layers that have weights: the
// first unassigned name gives the next layer's prefix.
func inFileOrder(layers []Layer, names []string) (layout, error) {
	out := layout{make([]string, len(layers)), map[string]string{}}
	exists := make(map[string]bool, len(names))
	for _, name := range names {
		exists[name] = true
	}
	next := 0
	for i, layer := range layers {
		shapes, err := nn.ParamShapes(nn.Spec(layer))
		if err != nil {
			return out, fmt.Errorf("%w: layer %d: %w", ErrUnsupported, i, err)
		}
		if len(shapes) == 0 {
			continue
		}
		for next < len(names) && out.target[names[next]] != "" {
			next++
		}
		if next == len(names) {
			return out, fmt.Errorf("%w: the file has no weights for layer %d (%s)", ErrInvalid, i, layer.Type)
		}
		prefix, ok := prefixOf(names[next], shapes)
		if !ok {
			return out, fmt.Errorf("%w: %.100q is not a weight of layer %d (%s), the next one in --layers (PyTorchOptions.Layers)", ErrInvalid, names[next], i, layer.Type)
		}
		out.prefixes[i] = unwrapped(strings.TrimSuffix(prefix, "."))
		for param := range shapes {
			if exists[prefix+param] {
				out.target[prefix+param] = weightName(i, param)
			}
		}
	}
	for _, name := range names {
		if out.target[name] == "" {
			return out, fmt.Errorf("%w: weight %.100q belongs to none of the layers", ErrInvalid, name)
		}
	}
	return out, nil
}

// prefixOf returns name without the parameter's own name at its end.
func prefixOf(name string, shapes map[string][]int) (string, bool) {
	for _, param := range slices.Sorted(maps.Keys(shapes)) {
		if prefix, ok := strings.CutSuffix(name, param); ok && (prefix == "" || strings.HasSuffix(prefix, ".")) {
			return prefix, true
		}
	}
	return "", false
}

// LoadSafetensors reads the weights of a model from a safetensors file of size
// bytes; layers are the model's, which the file does not say. names holds each
// layer's prefix in the file ("features.0", "fc"; "" for one without weights); layers
// of one prefix share their weights.
// If names is nil, the names in the file must be numbers after one common
// prefix, as those of an nn.Sequential are: a safetensors file does not keep
// the order of the layers.
func LoadSafetensors(r io.Reader, size int64, layers []Layer, names []string) (Model, error) {
	if err := checkLayers(layers); err != nil {
		return Model{}, err
	}
	tensors, err := safetensors.Read(r, size)
	if err != nil {
		return Model{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	tensors, names = unwrapAll(tensors), slices.Clone(names)
	for i, name := range names {
		names[i] = unwrapped(name)
	}
	m := Model{Network: Network{Layers: slices.Clone(layers)}, Names: names}
	if names == nil {
		tensors, err = numbered(tensors)
	} else {
		tensors, err = named(tensors, layers, names)
	}
	if err != nil {
		return Model{}, err
	}
	if m.Weights, err = renumber(layers, tensors); err != nil {
		return Model{}, err
	}
	m.tieByName()
	m.inOrder()
	return m, m.Check()
}

// tieByName ties the weights of layers with one name in the file.
func (m *Model) tieByName() {
	for name := range m.Weights {
		i, param, err := splitName(name)
		if err != nil || i >= len(m.Names) || m.Names[i] == "" || !Learned(name) {
			continue
		}
		if j := slices.Index(m.Names, m.Names[i]); j < i {
			if m.Tied == nil {
				m.Tied = map[string]string{}
			}
			m.Tied[name] = weightName(j, param)
		}
	}
	for name := range m.Tied {
		delete(m.Weights, name)
	}
}

// numbered replaces the common prefix of the names by "layers.".
func numbered(tensors map[string]safetensors.Tensor) (map[string]safetensors.Tensor, error) {
	out := make(map[string]safetensors.Tensor, len(tensors))
	var common *string
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		digit := strings.IndexAny(name, "0123456789")
		if digit < 0 || (digit > 0 && name[digit-1] != '.') || (common != nil && *common != name[:digit]) {
			return nil, fmt.Errorf("%w: weight %.100q is not numbered like the others; pass the name of each layer", ErrInvalid, name)
		}
		prefix := name[:digit]
		common = &prefix
		out["layers."+name[digit:]] = tensors[name]
	}
	return out, nil
}

// named renames the weights of the layers with the given prefixes; two layers may have
// one.
func named(tensors map[string]safetensors.Tensor, layers []Layer, names []string) (map[string]safetensors.Tensor, error) {
	if len(names) != len(layers) {
		return nil, fmt.Errorf("%w: %d names for %d layers", ErrInvalid, len(names), len(layers))
	}
	out, taken := make(map[string]safetensors.Tensor, len(tensors)), map[string]bool{}
	for i, prefix := range names {
		if prefix == "" {
			continue
		}
		for name, t := range tensors {
			if param, ok := strings.CutPrefix(name, prefix+"."); ok {
				out[weightName(i, param)], taken[name] = t, true
			}
		}
	}
	if len(taken) != len(tensors) {
		return nil, fmt.Errorf("%w: the file has %d weights, but only %d belong to the named layers", ErrInvalid, len(tensors), len(taken))
	}
	return out, nil
}

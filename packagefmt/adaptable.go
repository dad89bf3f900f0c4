package packagefmt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Matrix is a matrix of a package's model that an adapter can be added to.
type Matrix struct {
	// Path names it in a task's targets: "encoder.layers.0.self_attn.q_proj".
	Path string
	// Encoder: it is in the encoder; else in the head.
	Encoder bool
	// Layer is the number of its layer in that network.
	Layer int
	// Part is what the path says behind the layer; empty where the layer is one matrix.
	Part string
	// Weight is the name of the weight that holds it: "layers.0.self_attn.in_proj_weight".
	Weight string
}

// Adaptable lists the matrices that adapters can be added to: the weights of Linear, Conv1d,
// Conv2d and Embedding, and in MultiheadAttention and TransformerEncoderLayer q_proj, k_proj, v_proj
// and out_proj, linear1 and linear2. Those of an encoder that is an ONNX file are its layers' as
// [Package.Whole] makes them; it has none where that fails. A weight that is tied to another has none, nor has a convolution in groups.
func (p *Package) Adaptable() []Matrix {
	var list []Matrix
	if p.Encoder != nil && (p.Encoder.ONNX == nil || p.Config.Preprocessing != nil) {
		if encoder, err := p.layeredEncoder(); err == nil {
			list = encoder.adaptable("encoder.", true)
		}
	}
	return append(list, p.Head.adaptable("head.", false)...)
}

// NamedMatrix is a matrix with what the model's own file calls it.
type NamedMatrix struct {
	Matrix
	// Origin is of an ONNX file the names of the weight and of the node, of other models that of the module; empty where
	// the file has none.
	Origin string
}

// origins are what the layers of encoder and head are called in the model's own file, as far as that is known.
type origins struct{ encoder, head []string }

// cut gives the encoder the layers in front of one, and the head the others.
func (o *origins) cut(names []string, first int) {
	if first <= len(names) {
		o.encoder, o.head = names[:first], names[first:]
	}
}

func (o origins) named(all []Matrix) []NamedMatrix {
	list := make([]NamedMatrix, len(all))
	for i, m := range all {
		list[i].Matrix = m
		of := o.head
		if m.Encoder {
			of = o.encoder
		}
		if m.Layer < len(of) {
			list[i].Origin = of[m.Layer]
		}
	}
	return list
}

// attention are the matrices of an attention, and the weights that hold them.
var attention = [][2]string{{"q_proj", "in_proj_weight"}, {"k_proj", "in_proj_weight"}, {"v_proj", "in_proj_weight"}, {"out_proj", "out_proj.weight"}}

func (n Network) adaptable(prefix string, encoder bool) (list []Matrix) {
	for i, l := range n.Layers {
		add := func(part, weight string) {
			name := weightName(i, weight)
			if _, tied := n.Tied[name]; tied {
				return
			}
			path := prefix + "layers." + strconv.Itoa(i)
			if part != "" {
				path += "." + part
			}
			list = append(list, Matrix{path, encoder, i, part, name})
		}
		switch l.Type {
		case "Linear", "Embedding":
			add("", "weight")
		case "Conv1d", "Conv2d":
			if groups := l.Params["groups"]; groups == nil || fmt.Sprint(groups) == "1" {
				add("", "weight")
			}
		case "MultiheadAttention":
			for _, m := range attention {
				add(m[0], m[1])
			}
		case "TransformerEncoderLayer":
			for _, m := range attention {
				add("self_attn."+m[0], "self_attn."+m[1])
			}
			add("linear1", "linear1.weight")
			add("linear2", "linear2.weight")
		}
	}
	return list
}

// Targets are the matrices that the task's targets name, in the order of the model. Each
// target names one, or is what the paths of several begin with, up to a point.
func (p *Package) Targets() ([]Matrix, error) {
	if p.Config.Task == nil {
		return nil, fmt.Errorf("%w: the package has no task", ErrUnsupported)
	}
	all := p.Adaptable()
	chosen := make([]bool, len(all))
	for _, target := range p.Config.Task.Adapter.Targets {
		found := false
		for i, m := range all {
			if m.Path != target && !strings.HasPrefix(m.Path, target+".") {
				continue
			}
			if chosen[i] {
				return nil, fmt.Errorf("%w: task: two targets name %s", ErrInvalid, m.Path)
			}
			chosen[i], found = true, true
		}
		if !found {
			return nil, fmt.Errorf("%w: task: target %.100q names no matrix of the model; there are %s", ErrInvalid, target, listed(all))
		}
	}
	var list []Matrix
	for i, m := range all {
		if chosen[i] {
			list = append(list, m)
		}
	}
	return list, nil
}

// listed names matrices in an error.
func listed(all []Matrix) string {
	if len(all) == 0 {
		return "none"
	}
	names := make([]string, 0, 12)
	for _, m := range all[:min(len(all), 12)] {
		names = append(names, m.Path)
	}
	if len(all) > len(names) {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

func (a TaskAdapter) checkTargets() error {
	if len(a.Targets) == 0 || len(a.Targets) > maxTargets {
		return fmt.Errorf("adapter.targets has %d entries, want 1 to %d", len(a.Targets), maxTargets)
	}
	for i, t := range a.Targets {
		if t == "" || len(t) > 200 || slices.Contains(a.Targets[:i], t) {
			return fmt.Errorf("adapter.targets: %.60q is empty, too long, or there twice", t)
		}
	}
	return nil
}

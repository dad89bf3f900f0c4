package packagefmt

import (
	"fmt"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
	"github.com/decloud-sdk/decloud-go/packagefmt/internal/torchfile"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// wrappers are PyTorch's classes that run one other module and change none of its
// results, with the name under which they keep it.
var wrappers = map[pickle.Global]string{
	{Module: "torch.nn.parallel.data_parallel", Name: "DataParallel"}:          "module",
	{Module: "torch.nn.parallel.distributed", Name: "DistributedDataParallel"}: "module",
	{Module: "torch._dynamo.eval_frame", Name: "OptimizedModule"}:              "_orig_mod",
}

// unwrapped is a weight's name without the names of wrappers in front of it, as
// "_orig_mod.module.fc.weight" is written by a compiled and distributed model.
func unwrapped(name string) string {
	for {
		rest := name
		for _, inner := range wrappers {
			rest = strings.TrimPrefix(rest, inner+".")
		}
		if rest == name {
			return name
		}
		name = rest
	}
}

// unwrapAll is tensors with their names unwrapped, unless two would then be one.
func unwrapAll(tensors map[string]safetensors.Tensor) map[string]safetensors.Tensor {
	out := make(map[string]safetensors.Tensor, len(tensors))
	for name, t := range tensors {
		out[unwrapped(name)] = t
	}
	if len(out) != len(tensors) {
		return tensors
	}
	return out
}

// walkWrapped goes on with the module in a wrapper, as if there were no wrapper.
func (l *torchLoader) walkWrapped(m module, inner, path string, depth int) error {
	child, err := m.part(inner)
	if err != nil {
		return fmt.Errorf("%w: a %s without its module: %w", ErrInvalid, m.class, err)
	}
	return l.walk(&pickle.Object{Class: child.class, State: child.state}, path, depth+1)
}

// walkEncoder reads a TransformerEncoder: its list of layers one after the other,
// then its norm, if it has one.
func (l *torchLoader) walkEncoder(m module, path string, depth int) error {
	return m.children(func(name string, child *pickle.Object) error {
		if path != "" {
			name = path + "." + name
		}
		if child.Class != (pickle.Global{Module: torchModules + "container", Name: "ModuleList"}) {
			return l.walk(child, name, depth+1)
		}
		list, err := newModule(child, m.work)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		return l.walkChildren(list, name, depth+1)
	})
}

// torchKey is where a tensor's values lie, and how they are read.
type torchKey struct {
	storage string
	offset  int64
	layout  string
}

// weight reads a weight, unless it is one that was read before: in PyTorch the two are
// one. Statistics that are no parameters, which a shared BatchNorm has, are copied.
func (l *torchLoader) weight(name string, t torchfile.Tensor) error {
	key := torchKey{t.Storage.Key, t.Offset, fmt.Sprint(t.Shape, t.Stride)}
	if l.seen == nil {
		l.seen = map[torchKey]string{}
	}
	if first, shared := l.seen[key]; shared && Learned(name) {
		if l.model.Tied == nil {
			l.model.Tied = map[string]string{}
		}
		l.model.Tied[name] = first
		return nil
	}
	w, err := l.file.Load(t)
	if err != nil {
		return fmt.Errorf("%w: weight %.100q: %w", ErrInvalid, name, err)
	}
	l.seen[key], l.model.Weights[name] = name, w
	return nil
}

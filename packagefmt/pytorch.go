package packagefmt

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/regular"
	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
	"github.com/decloud-sdk/decloud-go/packagefmt/internal/torchfile"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Limits on an imported model.
const (
	maxLayers = 4096
	maxDepth  = 64
)

// PyTorchOptions tell LoadPyTorch what the file does not say.
type PyTorchOptions struct {
	// InOrder names Python classes, as "__main__.Net" or just "Net", whose
	// forward() runs their children one after the other in the order of their
	// definition, and does nothing else. The file does not say so: a network
	// with a skip connection looks the same, and naming its class here would
	// load a wrong model without an error. Default: only nn.Sequential.
	InOrder []string
	// Key is the entry of a checkpoint dictionary that holds the model or its
	// state_dict. Default: the entry that holds one, if only one does.
	Key string
	// Layers are the layers of a state_dict, which is weights without an
	// architecture: its weights are given to the layers that have any, in the
	// order of the file.
	Layers []Layer
}

// LoadPyTorch reads a model that torch.save wrote: an nn.Sequential of
// supported layers, nested ones included, alone or in a checkpoint dictionary;
// or a state_dict, whose layers are in opts.Layers. The pickle inside is read
// without running any code: classes and functions are read as names, and what is
// beside the model is not looked at. size is the file's size in bytes.
//
// The result holds the leaf layers in order with every argument that changes
// their results. Errors wrap ErrUnsupported if the file is intact but of
// another kind (TorchScript, a state_dict without layers, a model of a user's own class),
// and ErrInvalid if it is broken or hostile.
func LoadPyTorch(r io.ReaderAt, size int64, opts PyTorchOptions) (Model, error) {
	m, err := loadPyTorch(r, size, opts)
	if errors.Is(err, ErrUnsupported) {
		err = fmt.Errorf("%w; or save the model as ONNX, which takes any architecture: %s", err, ExportLine)
	}
	return m, err
}

func loadPyTorch(r io.ReaderAt, size int64, opts PyTorchOptions) (Model, error) {
	l := torchLoader{opts: opts}
	f, err := torchfile.Open(r, size, allow)
	if err != nil {
		if torchfile.IsForeign(err) || errors.Is(err, ErrUnsupported) {
			return Model{}, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		return Model{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	l.file = f
	if err := l.load(); err != nil {
		return Model{}, err
	}
	if err := l.model.Check(); err != nil {
		return Model{}, err
	}
	return l.model, nil
}

// OpenPyTorch is LoadPyTorch for the file at path.
func OpenPyTorch(path string, opts PyTorchOptions) (Model, error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return Model{}, err
	}
	defer f.Close()
	m, err := LoadPyTorch(f, info.Size(), opts)
	if err != nil {
		return Model{}, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// torchLoader walks the module tree.
type torchLoader struct {
	opts    PyTorchOptions
	file    *torchfile.File
	model   Model
	work    int
	assumed map[pickle.Global]bool
	seen    map[torchKey]string // by where they lie: the weights that were read
}

// load turns the file's value into layers.
func (l *torchLoader) load() error {
	l.model.Weights = map[string]safetensors.Tensor{}
	root, err := l.root()
	if err != nil {
		return err
	}
	switch root := root.(type) {
	case *pickle.Object:
		err = l.walk(root, "", 0)
	case *pickle.Dict:
		err = l.stateDict(root)
	default:
		err = fmt.Errorf("%w: the file does not hold a torch.nn.Module; save the model with torch.save(model, path)", ErrUnsupported)
	}
	if err != nil {
		return err
	}
	if len(l.model.Layers) == 0 {
		return fmt.Errorf("%w: the model has no layers", ErrInvalid)
	}
	return nil
}

const torchModules = "torch.nn.modules."

// allow returns an error for a name that no model needs. A name is a name here and
// never run, whatever it is, and walk refuses what it does not know; but somebody may
// load the file in Python next.
func allow(g pickle.Global) error {
	if names, ok := commands[g.Module]; !ok || names != nil && !slices.Contains(names, g.Name) {
		return nil
	}
	return fmt.Errorf("%w: the file names %.200s: in Python, loading it may run commands, so do not load it there; "+
		"nothing in it was run here", ErrUnsupported, g)
}

// commands are what runs commands or code in Python, by modules; nil: all of a module.
var commands = map[string][]string{
	"os": nil, "posix": nil, "nt": nil, "subprocess": nil, "pty": nil, "runpy": nil, "importlib": nil, "webbrowser": nil, "socket": nil, "shutil": nil,
	"__builtin__": {"eval", "exec", "execfile", "compile", "__import__", "open"},
	"builtins":    {"eval", "exec", "compile", "__import__", "open"},
}

// inOrder reports whether the options name the class as one that runs its
// children in order.
func (l *torchLoader) inOrder(g pickle.Global) bool {
	return slices.Contains(l.opts.InOrder, g.Name) || slices.Contains(l.opts.InOrder, g.String())
}

func (l *torchLoader) walk(o *pickle.Object, path string, depth int) error {
	at := "the model"
	if path != "" {
		at = fmt.Sprintf("module %.100q", path)
	}
	if depth > maxDepth {
		return fmt.Errorf("%w: modules are nested more than %d deep", ErrInvalid, maxDepth)
	}
	m, err := newModule(o, &l.work)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrInvalid, at, err)
	}
	if err := m.checkPlain(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnsupported, at, err)
	}
	inTorch := strings.HasPrefix(o.Class.Module, torchModules)
	if def, ok := torchLayers[o.Class.Name]; ok && inTorch {
		if err := l.leaf(m, def, path); err != nil {
			return fmt.Errorf("%s (%s): %w", at, o.Class.Name, err)
		}
		return nil
	}
	if inner := wrappers[o.Class]; inner != "" {
		return l.walkWrapped(m, inner, path, depth)
	}
	if inTorch && o.Class.Name == "TransformerEncoder" {
		return l.walkEncoder(m, path, depth)
	}
	if !inTorch || o.Class.Name != "Sequential" {
		if err := l.checkOwn(m, at); err != nil {
			return err
		}
		l.assume(o.Class)
	}
	return l.walkChildren(m, path, depth)
}

// checkOwn returns an error unless the options say that a class of the user's own
// runs its children in order.
func (l *torchLoader) checkOwn(m module, at string) error {
	if !l.inOrder(m.class) {
		return fmt.Errorf("%w: %s is a %.200s, which is neither a layer that can be read nor an nn.Sequential of them; "+
			"if its forward() runs its children in order and does nothing else, say so with --in-order %.100s (PyTorchOptions.InOrder); otherwise rebuild the model as an nn.Sequential",
			ErrUnsupported, at, m.class, m.class.Name)
	}
	tensors, err := m.tensors()
	if err != nil {
		return err
	}
	if len(tensors) > 0 {
		return fmt.Errorf("%w: %s (%.200s) has weights of its own besides its children's", ErrUnsupported, at, m.class)
	}
	return nil
}

func (l *torchLoader) walkChildren(m module, path string, depth int) error {
	return m.children(func(name string, child *pickle.Object) error {
		if path != "" {
			name = path + "." + name
		}
		return l.walk(child, name, depth+1)
	})
}

func (l *torchLoader) assume(class pickle.Global) {
	if l.assumed == nil {
		l.assumed = map[pickle.Global]bool{}
	}
	if !l.assumed[class] {
		l.assumed[class] = true
		l.model.Assumed = append(l.model.Assumed,
			fmt.Sprintf("%s runs its children one after the other in the order of their definition, and nothing else", class))
	}
}

// leaf adds one layer and loads its weights.
func (l *torchLoader) leaf(m module, def layerDef, path string) error {
	if len(l.model.Layers) == maxLayers {
		return fmt.Errorf("%w: more than %d layers", ErrInvalid, maxLayers)
	}
	params, err := def.params(m)
	if errors.Is(err, ErrUnsupported) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	i := len(l.model.Layers)
	err = m.eachTensor("", 0, func(name string, t torchfile.Tensor) error { return l.weight(weightName(i, name), t) })
	if err != nil {
		return err
	}
	l.model.Layers = append(l.model.Layers, Layer{Type: m.class.Name, Params: params})
	l.model.Names = append(l.model.Names, path)
	return nil
}

package ops

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Op is an operator.
type Op struct {
	min, max int // inputs
	attrs    []string
	run      func(c *Call)
	// PerSample says that the first dimension of the inputs and the output is the batch,
	// and that samples do not mix.
	PerSample bool
	// Weights are the bytes of its weights.
	Weights int
}

// ML is the domain of the operators of classical machine learning.
const ML = "ai.onnx.ml"

// Internal is the domain of operators that passes put into a graph; no file can name
// them.
const Internal = "decloud.internal"

// table holds the operators by "domain:type"; the files of the operators fill it.
var table = map[string]*Op{}

// many is the most inputs of an operator that takes any number; none may be absent.
const many = math.MaxInt

// register is called from init functions only. attrs are the attributes that the
// operator knows, with spaces between.
func register(name string, least, most int, attrs string, run func(c *Call)) {
	if !strings.Contains(name, ":") {
		name = ":" + name
	}
	table[name] = &Op{min: least, max: most, attrs: strings.Fields(attrs), run: run}
}

// MinOpset and MaxOpset bound the supported versions of ONNX's own operators.
const (
	MinOpset = 7
	MaxOpset = 23
)

// Find returns a node's operator, if it and all of its attributes are supported: the
// error wraps [ErrUnsupported] if not.
func Find(n *wire.Node) (*Op, error) {
	op, ok := table[n.Domain+":"+n.OpType]
	if !ok || n.Domain == Internal {
		if why := refused[n.OpType]; why != "" {
			return nil, fmt.Errorf("%w: operator %s (%s)", ErrUnsupported, n.OpType, why)
		}
		return nil, fmt.Errorf("%w: operator %.60q of domain %.60q", ErrUnsupported, n.OpType, n.Domain)
	}
	for _, a := range n.Attributes {
		if !slices.Contains(op.attrs, a.Name) {
			return nil, fmt.Errorf("%w: attribute %.60q of operator %s", ErrUnsupported, a.Name, n.OpType)
		}
	}
	return op, nil
}

// FindInternal returns an operator of the domain Internal, which must be there.
func FindInternal(name string) *Op { return table[Internal+":"+name] }

// Supported lists the operators, sorted; those of other domains as "domain:type".
func Supported() []string {
	var names []string
	for n := range maps.Keys(table) {
		if !strings.HasPrefix(n, Internal) {
			names = append(names, strings.TrimPrefix(n, ":"))
		}
	}
	slices.Sort(names)
	return names
}

package onnx

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// graph is a model with the input x [batch, 4] and the output y.
func graph(nodes ...*wire.Node) *wire.Model {
	return &wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 17}, Graph: &wire.Graph{
		Nodes:   nodes,
		Inputs:  []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: []int64{-1, 4}}},
		Outputs: []*wire.ValueInfo{{Name: "y", Type: wire.Float}},
	}}
}

func call(op, inputs, output string, attributes ...*wire.Attribute) *wire.Node {
	n := &wire.Node{Name: output, OpType: op, Outputs: []string{output}, Attributes: attributes}
	for name := range strings.FieldsSeq(inputs) {
		n.Inputs = append(n.Inputs, strings.TrimPrefix(name, "-"))
	}
	return n
}

func ints(v ...int64) *wire.Attribute {
	return &wire.Attribute{Name: "value_ints", Type: wire.AttrInts, Ints: v}
}

func listAttr(name string, v ...int64) *wire.Attribute {
	return &wire.Attribute{Name: name, Type: wire.AttrInts, Ints: v}
}

// with adds constants, named by letters, in front.
func with(m *wire.Model, tensors ...*wire.Tensor) *wire.Model {
	m.Graph.Initializers = append(m.Graph.Initializers, tensors...)
	return m
}

func floats(name string, dims ...int64) *wire.Tensor {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return &wire.Tensor{Name: name, Type: wire.Float, Dims: dims, Raw: make([]byte, 4*n)}
}

// doubled is a value that is joined with itself n times over.
func doubled(n int, first string) (nodes []*wire.Node) {
	from := first
	for i := range n {
		to := string(rune('a'+i%26)) + strings.Repeat("_", i/26+1)
		nodes = append(nodes, call("Concat", from+" "+from, to, &wire.Attribute{Name: "axis", Type: wire.AttrInt, I: 1}))
		from = to
	}
	return append(nodes, call("Relu", from, "y"))
}

// recursive is a function that calls itself.
func recursive(m *wire.Model, calls int) *wire.Model {
	f := &wire.Function{Name: "F", Domain: "own", Inputs: []string{"a"}, Outputs: []string{"b"}, Opsets: map[string]int64{"": 17, "own": 1}}
	from := "a"
	for i := range calls {
		n := call("F", from, pickName(i == calls-1, "b", "t"+strings.Repeat("i", i)))
		n.Domain = "own"
		f.Nodes = append(f.Nodes, n)
		from = n.Outputs[0]
	}
	m.Functions = []*wire.Function{f}
	m.Opsets["own"] = 1
	m.Graph.Nodes[0].Domain = "own"
	return m
}

// functions is a model whose functions F0, F1 … consist of a node each.
func functions(bodies ...*wire.Node) *wire.Model {
	m := recursive(graph(call("F0", "x", "y")), 1)
	m.Functions = nil
	for i, n := range bodies {
		f := &wire.Function{Name: "F" + string(rune('0'+i)), Domain: "own", Inputs: []string{"a"}, Outputs: []string{"b"}, Opsets: map[string]int64{"": 17, "own": 1}, Nodes: []*wire.Node{n}}
		if n.Domain == "own" {
			times, _ := strconv.Atoi(n.Name)
			f.Nodes = slices.Repeat(f.Nodes, times)
		}
		m.Functions = append(m.Functions, f)
	}
	return m
}

// called is a call of a function, so many times.
func called(times int, name string, attributes ...*wire.Attribute) *wire.Node {
	return &wire.Node{Name: strconv.Itoa(times), OpType: name, Domain: "own", Inputs: []string{"a"}, Attributes: attributes}
}

// references are attributes that stand for those of the caller of the same names.
func references(n int) (list []*wire.Attribute) {
	for i := range n {
		list = append(list, &wire.Attribute{Name: strconv.Itoa(i), Ref: strconv.Itoa(i), Type: wire.AttrInt})
	}
	return list
}

// nothing takes the mean of rows without elements a thousand times.
func nothing() (nodes []*wire.Node) {
	from := "w"
	for i := range 1000 {
		nodes = append(nodes, call("LayerNormalization", from+" "+from, "n"+strconv.Itoa(i)))
		from = "n" + strconv.Itoa(i)
	}
	return append(nodes, call("ReduceSum", from, "r"), call("Add", "x r", "y"))
}

func pickName(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// TestHostileFiles: an error, no panic, and no more memory than a small file may take.
func TestHostileFiles(t *testing.T) {
	big := int64(1) << 20
	for _, c := range []struct {
		name  string
		model *wire.Model
		want  error
	}{
		{"constants of a trillion", graph(call("Constant", "", "s", ints(big, big)), call("ConstantOfShape", "s", "c"), call("Add", "x c", "y")), nil},
		{"expanded to a trillion", graph(call("Constant", "", "s", ints(big, big, 1, 4)), call("Expand", "x s", "y")), nil},
		{"expanded to a gigabyte", graph(call("Constant", "", "s", ints(1<<13, 1<<13, 1, 1)), call("Expand", "x s", "e"), call("Flatten", "e", "y")), ErrLimit},
		{"an endless range", graph(call("Constant", "", "a", ints(0)), call("Constant", "", "b", ints(math.MaxInt64)), call("Constant", "", "c", ints(1)), call("Range", "a b c", "r"), call("Expand", "x r", "y")), nil},
		{"doubled 40 times", graph(doubled(40, "x")...), ErrLimit},
		{"constants doubled 40 times", with(graph(doubled(40, "w")...), floats("w", 1, 4)), ErrLimit},
		{"tiles", graph(call("Constant", "", "s", ints(1, 1<<40)), call("Tile", "x s", "y")), nil},
		{"padding", graph(call("Constant", "", "s", ints(0, 0, 0, 1<<28)), call("Pad", "x s", "y")), ErrLimit},
		{"an outer product", with(graph(call("Constant", "", "s", ints(-1, 1)), call("Reshape", "x s", "c"), call("MatMul", "c w", "m"), call("MatMul", "x m", "y")), floats("w", 1, 1<<22)), nil},
		{"a convolution of padding", with(graph(call("Constant", "", "s", ints(-1, 1, 4)), call("Reshape", "x s", "p"), call("Conv", "p w", "y", listAttr("pads", 1<<19, 1<<19))), floats("w", 256, 1, 4)), ErrLimit},
		{"a million outputs", graph(call("Constant", "", "s", ints(-1, 1, 4)), call("Reshape", "x s", "p"), call("MaxPool", "p", "y", listAttr("kernel_shape", 1<<40))), nil},
		{"a cycle", graph(call("Add", "x b", "a"), call("Relu", "a", "b"), call("Relu", "b", "y")), ErrMalformed},
		{"itself", graph(call("Add", "x y", "y")), ErrMalformed},
		{"a name twice", graph(call("Relu", "x", "y"), call("Relu", "x", "y")), ErrMalformed},
		{"the input's name", graph(call("Relu", "x", "x")), ErrMalformed},
		{"a weight twice", with(graph(call("Add", "x w", "y")), floats("w", 4), floats("w", 4)), ErrMalformed},
		{"no such output", graph(call("Relu", "x", "z")), ErrMalformed},
		{"a weight of a trillion", with(graph(call("Add", "x w", "y")), &wire.Tensor{Name: "w", Type: wire.Float, Dims: []int64{big, big}}), ErrMalformed},
		{"negative sizes", with(graph(call("Add", "x w", "y")), &wire.Tensor{Name: "w", Type: wire.Float, Dims: []int64{-1, -4}}), ErrMalformed},
		{"sizes that overflow", with(graph(call("Add", "x w", "y")), &wire.Tensor{Name: "w", Type: wire.Float, Dims: []int64{1 << 32, 1 << 32}}), ErrMalformed},
		{"a weight that is cut", with(graph(call("Add", "x w", "y")), &wire.Tensor{Name: "w", Type: wire.Float, Dims: []int64{4}, Raw: make([]byte, 15)}), ErrMalformed},
		{"a lying type", with(graph(call("Add", "x w", "y")), &wire.Tensor{Name: "w", Type: wire.Double, Dims: []int64{4}, Raw: make([]byte, 16)}), ErrMalformed},
		{"text as weights", with(graph(call("Add", "x w", "y")), &wire.Tensor{Name: "w", Type: wire.String, Dims: []int64{1}, Strings: 1}), ErrUnsupported},
		{"integers for floats", with(graph(call("MatMul", "x w", "y")), &wire.Tensor{Name: "w", Type: wire.Int64, Dims: []int64{4, 1}, Raw: make([]byte, 32)}), nil},
		{"data outside", with(graph(call("Add", "x w", "y")), external("../../etc/passwd")), ErrMalformed},
		{"data at the root", with(graph(call("Add", "x w", "y")), external("/etc/passwd")), ErrMalformed},
		{"data in a folder", with(graph(call("Add", "x w", "y")), external(`a\b`)), ErrMalformed},
		{"data at a negative offset", with(graph(call("Add", "x w", "y")), external("w", "offset", "-4")), ErrMalformed},
		{"data of another length", with(graph(call("Add", "x w", "y")), external("w", "length", "1099511627776")), ErrMalformed},
		{"a loop", graph(call("Loop", "x", "y")), ErrUnsupported},
		{"a branch", graph(call("If", "x", "y")), ErrUnsupported},
		{"a scan", graph(call("Scan", "x", "y")), ErrUnsupported},
		{"quantized", graph(call("QuantizeLinear", "x x", "y")), ErrUnsupported},
		{"an unknown attribute", graph(call("Relu", "x", "y", &wire.Attribute{Name: "slope", Type: wire.AttrFloat})), ErrUnsupported},
		{"an attribute of another type", graph(call("Flatten", "x", "y", &wire.Attribute{Name: "axis", Type: wire.AttrFloat, F: 1})), nil},
		{"an index out of range", graph(call("Constant", "", "i", ints(4)), call("Gather", "x i", "y", &wire.Attribute{Name: "axis", Type: wire.AttrInt, I: 1})), nil},
		{"a sum with a missing input", graph(call("Sum", "x - x", "y")), nil},
		{"a concatenation with a missing input", graph(call("Concat", "x - x", "y", &wire.Attribute{Name: "axis", Type: wire.AttrInt, I: 1})), nil},
		{"a mask without dimensions", with(graph(call("Constant", "", "s", ints(-1, 1, 1, 4)), call("Reshape", "x s", "p"), call("Attention", "p p p w", "y")), floats("w")), nil},
		{"the aspect of no dimension", graph(call("Constant", "", "s", ints()), call("Resize", "x - - s", "y", listAttr("axes"), &wire.Attribute{Name: "keep_aspect_ratio_policy", Type: wire.AttrString, S: "not_larger"})), nil},
		{"earlier tokens that are integers", graph(call("Constant", "", "s", ints(-1, 1, 1, 4)), call("Reshape", "x s", "p"), call("Cast", "p", "i", &wire.Attribute{Name: "to", Type: wire.AttrInt, I: 7}), call("Attention", "p p p - i i", "y")), nil},
		{"a function that calls itself", recursive(graph(call("F", "x", "y")), 1), ErrLimit},
		{"a function that calls itself often", recursive(graph(call("F", "x", "y")), 9), ErrLimit},
		{"functions that do nothing 100^15 times", functions(called(100, "F1"), called(100, "F2"), called(100, "F3"), called(100, "F4"), called(100, "F5"), &wire.Node{OpType: "Relu", Inputs: []string{"a"}}), ErrLimit},
		{"a function of many inputs that is called often", functions(called(1000, "F1"), &wire.Node{OpType: "Sum", Inputs: slices.Repeat([]string{"a"}, 10_000)}), ErrLimit},
		{"a long name that is copied often", functions(called(1000, "F1"), &wire.Node{OpType: "Relu", Inputs: []string{strings.Repeat("a", 1<<20)}}), ErrLimit},
		{"attributes that refer to attributes", functions(called(1000, "F1", references(1000)...), &wire.Node{OpType: "Relu", Attributes: references(1000)}), ErrLimit},
		{"a billion rows of nothing", with(graph(nothing()...), &wire.Tensor{Name: "w", Type: wire.Float, Dims: []int64{1 << 29, 0}, Raw: []byte{}}), ErrMalformed},
		{"a million rows of nothing, often", with(graph(nothing()...), &wire.Tensor{Name: "w", Type: wire.Float, Dims: []int64{1 << 20, 0}, Raw: []byte{}}), ErrLimit},
		{"nothing in another shape", graph(call("Constant", "", "s", ints(1<<19, 1<<19, 0)), call("Constant", "", "z", ints(0)), call("ConstantOfShape", "z", "e"), call("Reshape", "e s", "w", &wire.Attribute{Name: "allowzero", Type: wire.AttrInt, I: 1}), call("LayerNormalization", "w e", "l"), call("ReduceSum", "l", "r"), call("Add", "x r", "y")), nil},
		{"a shape of the data", graph(call("Cast", "x", "i", &wire.Attribute{Name: "to", Type: wire.AttrInt, I: 7}), call("Constant", "", "s", ints(-1)), call("Reshape", "i s", "f"), call("ConstantOfShape", "f", "y")), ops.ErrUnknown},
		{"nothing for each sample", graph(call("ReduceSum", "x", "y")), ErrUnsupported},
		{"a batch of its own", graph(call("Transpose", "x", "y")), ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := loadAndRun(c.model)
			runtime.ReadMemStats(&after)
			require.Error(t, err)
			require.NotErrorIs(t, err, ErrInternal)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<20), "bytes allocated")
		})
	}
}

func external(location string, more ...string) *wire.Tensor {
	t := &wire.Tensor{Name: "w", Type: wire.Float, Dims: []int64{4}, External: map[string]string{"location": location}}
	for i := 0; i < len(more); i += 2 {
		t.External[more[i]] = more[i+1]
	}
	return t
}

// loadAndRun does what is done with a stranger's encoder.
func loadAndRun(m *wire.Model) error {
	p, err := newLoader(m, Options{External: func(string, int64, int64) ([]byte, error) { return nil, errors.New("no file is read") }}).load()
	if err != nil {
		return err
	}
	return specializeAndRun(p, []int{4}, Limits{Bytes: 512 << 20, Work: 1 << 37})
}

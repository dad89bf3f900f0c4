package packagefmt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/regular"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// MaxONNX is the largest ONNX file that is read, in bytes: what protocol buffers allow.
const MaxONNX = 2<<30 - 1

// ExportLine is the line of Python that writes a model of PyTorch as ONNX: model is the
// module, x a sample with a batch dimension in front.
const ExportLine = `torch.onnx.export(model.eval(), x, "model.onnx", input_names=["x"], dynamic_axes={"x": {0: "batch"}})`

// ONNXOptions tell OpenONNX what the file does not say.
type ONNXOptions struct {
	// Output is the name of the output to take: that of the logits. Default: the first
	// of floating-point numbers.
	Output string
}

// Graph is a network as an ONNX file has it.
type Graph struct {
	program *onnx.Program
	net     *onnx.Net // of a graph that was made for samples of one shape
}

// OpenONNX reads the model in the ONNX file at path, with external data from files
// beside it (plain names only). Operators of opset 7 to 23 are known, of a model with
// one input and the batch as its first dimension; an input named attention_mask or
// token_type_ids beside token ids is derived from them, which [Model].Assumed tells.
// The file is data: nothing in it is run but the known operators.
//
// Errors wrap ErrUnsupported if the file is intact but has what is not known (the
// message names it), and ErrInvalid if it is broken or hostile.
func OpenONNX(path string, opts ONNXOptions) (Model, error) {
	b, err := readModel(path)
	if err != nil {
		return Model{}, err
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return Model{}, err
	}
	defer root.Close()
	m, err := loadONNX(b, onnx.Options{Output: opts.Output, External: beside(root), Own: true})
	if err != nil {
		return Model{}, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func readModel(path string) ([]byte, error) {
	b, err := regular.Read(path, MaxONNX)
	if errors.Is(err, regular.ErrKind) || errors.Is(err, regular.ErrSize) {
		err = fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return b, err
}

// beside reads external data from files of the model's directory; the root keeps links
// from leading out of it. No file is read for more than it has, and all together for no
// more than a model of one file may.
func beside(root *os.Root) func(name string, offset, size int64) ([]byte, error) {
	left, taken := int64(MaxONNX), map[string]int64{}
	return func(name string, offset, size int64) ([]byte, error) {
		f, info, err := regular.OpenIn(root, name)
		switch {
		case errors.Is(err, regular.ErrKind):
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("its numbers are in %s, which does not lie beside the model: put it there, or make one file of the two, in Python: onnx.save(onnx.load(\"model.onnx\"), \"one.onnx\"): %w", name, fs.ErrNotExist)
		case err != nil:
			return nil, err
		}
		defer f.Close()
		if offset > info.Size() || size > info.Size()-offset {
			return nil, fmt.Errorf("%w: %s has %d bytes, the model wants %d from %d on", ErrInvalid, name, info.Size(), size, offset)
		}
		if taken[name] += size; taken[name] > info.Size() {
			return nil, fmt.Errorf("%w: weights share bytes of %s, which has %d", ErrInvalid, name, info.Size())
		}
		if left -= size; left < 0 {
			return nil, fmt.Errorf("%w: weights of more than %d bytes", ErrInvalid, MaxONNX)
		}
		b := make([]byte, size)
		_, err = io.ReadFull(io.NewSectionReader(f, offset, size), b)
		return b, err
	}
}

// ReadONNX is OpenONNX for a file in memory, without external data.
func ReadONNX(b []byte, opts ONNXOptions) (Model, error) {
	return loadONNX(b, onnx.Options{Output: opts.Output})
}

// readOwnONNX is ReadONNX for bytes that the model may keep and change.
func readOwnONNX(b []byte) (Model, error) { return loadONNX(b, onnx.Options{Own: true}) }

func loadONNX(b []byte, o onnx.Options) (Model, error) {
	p, err := onnx.Load(b, o)
	if err != nil {
		return Model{}, onnxError(err)
	}
	m := Model{Network: Network{ONNX: &Graph{program: p}}}
	if len(p.Derived) > 0 {
		m.Assumed = append(m.Assumed, fmt.Sprintf("%s is derived from the token ids: id 0 pads, and every token is of type 0", strings.Join(p.Derived, " and ")))
	}
	return m, nil
}

// onnxError makes an ErrUnsupported or an ErrInvalid of an error about a graph.
func onnxError(err error) error {
	if errors.Is(err, ErrInvalid) || errors.Is(err, ErrUnsupported) {
		return err
	}
	if errors.Is(err, onnx.ErrUnsupported) {
		return unsupportedGraph{err}
	}
	return fmt.Errorf("%w: %w", ErrInvalid, err)
}

// unsupportedGraph is an ErrUnsupported about a graph, whose text says that it is one.
type unsupportedGraph struct{ error }

func (e unsupportedGraph) Error() string {
	return fmt.Sprintf("%v: %s", ErrUnsupported, strings.TrimPrefix(e.error.Error(), onnx.ErrUnsupported.Error()+": "))
}

func (e unsupportedGraph) Unwrap() []error { return []error{ErrUnsupported, e.error} }

// onnxLimits bound what a sample may cost in a graph.
var onnxLimits = onnx.Limits{Bytes: maxEncoderBytes, Work: maxEncoderCost}

// executable prepares the graph for samples of one shape.
func (g *Graph) executable(sample []int) (executable, error) {
	n, err := g.specialize(sample)
	if err != nil {
		return nil, err
	}
	return onnxNet{n}, nil
}

func (g *Graph) specialize(sample []int) (*onnx.Net, error) {
	if g.net != nil && slices.Equal(g.net.Sample(), sample) {
		return g.net, nil
	}
	n, err := g.program.Specialize(sample, onnxLimits)
	if err != nil {
		return nil, onnxError(err)
	}
	return n, nil
}

// onnxNet is a graph for samples of one shape.
type onnxNet struct{ net *onnx.Net }

func (n onnxNet) Forward(x safetensors.Tensor) (safetensors.Tensor, error) {
	return n.net.Forward(x)
}

func (n onnxNet) check(sample []int) error {
	if !slices.Equal(n.net.Sample(), sample) {
		return fmt.Errorf("%w: samples of shape %v, the graph was prepared for %v", ErrInvalid, sample, n.net.Sample())
	}
	return nil
}

func (n onnxNet) OutputShape(sample []int) ([]int, error) {
	return n.net.OutputShape(), n.check(sample)
}

func (n onnxNet) SampleBytes(sample []int) (int, error) { return n.net.Cost().Bytes, n.check(sample) }

func (n onnxNet) SampleCost(sample []int) (float64, error) { return n.net.Cost().Work, n.check(sample) }

package torchfile

import (
	"fmt"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Storage is a run of numbers in the file, as the pickle names it.
type Storage struct {
	Key   string
	DType string // F32, F16, BF16, F64, I64, or "" for one that cannot be read
	Size  int64  // bytes of one element
	Count int64
}

// Tensor is a view of a storage. Load checks it.
type Tensor struct {
	Storage       Storage
	Offset        int64
	Shape, Stride []int64

	unreadable error // why Load cannot read it
}

// Readable reports whether the tensor is of a kind that Load reads.
func (t Tensor) Readable() bool { return t.unreadable == nil }

// storageType is the element type of a storage: dtype is empty for one that can
// be skipped but not loaded.
type storageType struct {
	dtype string
	size  int64
}

var storageTypes = map[string]storageType{
	"FloatStorage": {"F32", 4}, "HalfStorage": {"F16", 2}, "BFloat16Storage": {"BF16", 2},
	"DoubleStorage": {"F64", 8}, "LongStorage": {"I64", 8},
	"IntStorage": {"", 4}, "ShortStorage": {"", 2}, "CharStorage": {"", 1}, "ByteStorage": {"", 1},
	"BoolStorage": {"", 1}, "ComplexFloatStorage": {"", 8}, "ComplexDoubleStorage": {"", 16},
}

func hooks(allow func(pickle.Global) error, persistent func(any) (any, error)) pickle.Hooks {
	return pickle.Hooks{Allow: allow, Call: call, Persistent: persistent}
}

// The tensor classes that add nothing to the plain tensor.
var (
	plainTensor    = pickle.Global{Module: "torch", Name: "Tensor"}
	plainParameter = pickle.Global{Module: "torch.nn.parameter", Name: "Parameter"}
)

// call returns the result of the few functions that rebuild tensors. All others, a
// checkpoint's other contents, become inert objects; and tensors that cannot be read
// say so where they are loaded.
func call(g pickle.Global, args pickle.Tuple) (any, error) {
	if g == (pickle.Global{Module: "torch", Name: "Size"}) && len(args) == 1 {
		if t, ok := args[0].(pickle.Tuple); ok {
			return t, nil
		}
	}
	if g.Module != "torch._utils" && g.Module != "torch._tensor" || !strings.HasPrefix(g.Name, "_rebuild") {
		return &pickle.Object{Class: g, Args: args}, nil
	}
	bad := Tensor{unreadable: fmt.Errorf("%w: arguments of %.100s", ErrFormat, g)}
	switch g.Name {
	case "_rebuild_parameter", "_rebuild_parameter_with_state":
		if len(args) > 0 {
			if t, ok := args[0].(Tensor); ok {
				return t, nil
			}
		}
		return bad, nil
	case "_rebuild_from_type_v2":
		return fromType(args, bad), nil
	case "_rebuild_tensor", "_rebuild_tensor_v2":
		return rebuilt(args, bad), nil
	}
	return Tensor{unreadable: fmt.Errorf("%w: made by %.100s: only dense tensors of plain numbers are read (x.to_dense(), x.dequantize() or x.float() is one)", ErrFormat, g)}, nil
}

// rebuilt is the tensor of (storage, offset, shape, stride, …).
func rebuilt(args pickle.Tuple, bad Tensor) Tensor {
	if len(args) < 4 {
		return bad
	}
	if len(args) > 6 { // metadata that changes the values, as of a negated view
		if bits, ok := args[6].(*pickle.Dict); !ok || bits.Len() > 0 {
			return Tensor{unreadable: fmt.Errorf("%w: a tensor with metadata, as a negated view has; save a clone() of it", ErrFormat)}
		}
	}
	storage, ok1 := args[0].(Storage)
	offset, ok2 := args[1].(int64)
	shape, ok3 := sizes(args[2])
	stride, ok4 := sizes(args[3])
	if !ok1 || !ok2 || !ok3 || !ok4 || len(shape) != len(stride) {
		return bad
	}
	return Tensor{Storage: storage, Offset: offset, Shape: shape, Stride: stride}
}

// fromType reads (function, class, its arguments, state): a tensor with Python
// attributes, as a lazy module's buffers have. The attributes change nothing.
func fromType(args pickle.Tuple, bad Tensor) any {
	if len(args) != 4 {
		return bad
	}
	class, ok := args[1].(pickle.Global)
	if !ok || (class != plainTensor && class != plainParameter) {
		return Tensor{unreadable: fmt.Errorf("%w: a tensor of a class of its own (%.100s); save x.as_subclass(torch.Tensor)", ErrFormat, class)}
	}
	f, ok1 := args[0].(pickle.Global)
	inner, ok2 := args[2].(pickle.Tuple)
	if !ok1 || !ok2 || (f.Name != "_rebuild_tensor_v2" && f.Name != "_rebuild_parameter") {
		return bad
	}
	if v, err := call(f, inner); err == nil {
		return v
	}
	return bad
}

// storageOf decodes a persistent ID: ("storage", type, key, location, count).
func storageOf(id any) (any, error) {
	t, _ := id.(pickle.Tuple)
	if len(t) < 5 || t[0] != "storage" {
		return nil, fmt.Errorf("%w: unknown persistent ID", ErrFormat)
	}
	class, ok1 := t[1].(pickle.Global)
	key, ok2 := t[2].(string)
	count, ok3 := t[4].(int64)
	typ := storageTypes[class.Name] // none: its tensors are none that Load reads
	if !ok1 || !ok2 || !ok3 || count < 0 || strings.ContainsAny(key, `/\`) {
		return nil, fmt.Errorf("%w: storage of type %.60s with %d elements", ErrFormat, class, count)
	}
	return Storage{key, typ.dtype, typ.size, count}, nil
}

func sizes(v any) ([]int64, bool) {
	t, ok := v.(pickle.Tuple)
	if !ok || len(t) > safetensors.MaxRank {
		return nil, false
	}
	out := make([]int64, len(t))
	for i, d := range t {
		if out[i], ok = d.(int64); !ok || out[i] < 0 {
			return nil, false
		}
	}
	return out, true
}

// Load reads a tensor's values. All its elements must lie in its storage, and
// the storage must have exactly its declared size in the file.
func (f *File) Load(t Tensor) (safetensors.Tensor, error) {
	size := t.Storage.Size
	if t.unreadable != nil {
		return safetensors.Tensor{}, t.unreadable
	}
	if t.Storage.DType == "" {
		return safetensors.Tensor{}, fmt.Errorf("%w: its element type is not float16, bfloat16, float32, float64 or int64", ErrFormat)
	}
	shape := make([]int, len(t.Shape))
	for i, d := range t.Shape {
		shape[i] = int(d)
	}
	n, err := safetensors.Count(shape)
	if err != nil {
		return safetensors.Tensor{}, err
	}
	if err := t.inside(n); err != nil {
		return safetensors.Tensor{}, err
	}
	if f.budget -= 4 * int64(n); f.budget < 0 {
		return safetensors.Tensor{}, fmt.Errorf("%w: its tensors are larger than the file can hold", ErrFormat)
	}
	raw, err := f.bytes(t.Storage)
	if err != nil {
		return safetensors.Tensor{}, err
	}
	out := safetensors.Tensor{Shape: shape, Data: make([]float32, n)}
	if t.contiguous() {
		safetensors.Convert(out.Data, raw[t.Offset*size:], t.Storage.DType)
	} else {
		t.gather(out.Data, raw, size)
	}
	if err := out.Check(); err != nil {
		return safetensors.Tensor{}, err
	}
	return out, nil
}

// inside checks that offset and strides stay within the storage; n is the
// number of elements.
func (t Tensor) inside(n int) error {
	outside := fmt.Errorf("%w: a tensor of %v, strides %v, offset %d reaches outside its storage of %d elements",
		ErrFormat, t.Shape, t.Stride, t.Offset, t.Storage.Count)
	if t.Offset < 0 || t.Offset > t.Storage.Count {
		return outside
	}
	if n == 0 {
		return nil
	}
	last := t.Offset
	for i, d := range t.Shape {
		if d > 1 && t.Stride[i] > (t.Storage.Count-last)/(d-1) {
			return outside
		}
		last += (d - 1) * t.Stride[i]
	}
	if last >= t.Storage.Count {
		return outside
	}
	return nil
}

// bytes returns a whole storage. It keeps the last one, so that many small
// views of one large storage read it once.
func (f *File) bytes(s Storage) ([]byte, error) {
	if f.last == nil || f.lastKey != s.Key {
		raw, err := f.storage(s.Key)
		if err != nil {
			return nil, err
		}
		if f.budget -= int64(len(raw)); f.budget < 0 {
			return nil, fmt.Errorf("%w: its storages are read too often", ErrFormat)
		}
		f.lastKey, f.last = s.Key, raw
	}
	if int64(len(f.last))/s.Size != s.Count || int64(len(f.last))%s.Size != 0 {
		return nil, fmt.Errorf("%w: storage %.40q has %d bytes, %d elements of %d declared", ErrFormat, s.Key, len(f.last), s.Count, s.Size)
	}
	return f.last, nil
}

func (t Tensor) contiguous() bool {
	want := int64(1)
	for i := len(t.Shape) - 1; i >= 0; i-- {
		if t.Shape[i] != 1 && t.Stride[i] != want {
			return false
		}
		want *= t.Shape[i]
	}
	return true
}

// gather copies element by element, last dimension fastest.
func (t Tensor) gather(dst []float32, raw []byte, size int64) {
	index := make([]int64, len(t.Shape))
	at := t.Offset
	for i := range dst {
		safetensors.Convert(dst[i:i+1], raw[at*size:], t.Storage.DType)
		for d := len(index) - 1; d >= 0; d-- {
			index[d]++
			at += t.Stride[d]
			if index[d] < t.Shape[d] {
				break
			}
			at -= index[d] * t.Stride[d]
			index[d] = 0
		}
	}
}

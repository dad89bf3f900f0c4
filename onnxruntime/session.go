package onnxruntime

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"sync"
	"unsafe"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// session is a loaded encoder: one input of float32 or integers, one output of float32.
type session struct {
	r             *Runtime
	env           uintptr
	name          string
	memory        uintptr // OrtMemoryInfo of the processors
	input, output uintptr // names, in the library's memory
	inputType     int32

	mu     sync.Mutex
	handle uintptr // 0: closed
}

// session loads a file, on the GPU or on the processors.
func (r *Runtime) session(file []byte, cuda bool) (*session, error) {
	if len(file) == 0 {
		return nil, errors.New("an empty file")
	}
	env, err := r.use()
	if err != nil {
		return nil, err
	}
	s := &session{r: r, env: env, name: r.name(cuda, nil)}
	if err := s.open(file, cuda); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *session) open(file []byte, cuda bool) error {
	a := s.r.api
	var options uintptr
	if err := a.check(a.createSessionOptions(&options)); err != nil {
		return err
	}
	defer a.releaseSessionOptions(options)
	err := a.first(
		func() uintptr { return a.setOptimization(options, optimizeAll) },
		func() uintptr { return a.setIntraThreads(options, int32(min(s.r.threads, 1024))) },
		func() uintptr { return a.setInterThreads(options, 1) },
		func() uintptr { return a.addConfigEntry(options, "session.intra_op.allow_spinning", "0") }, // others work here, too
	)
	if err != nil {
		return err
	}
	if cuda {
		if err := a.addCUDA(options); err != nil {
			return err
		}
	}
	err = a.first(
		func() uintptr {
			return a.createSessionFromArray(s.env, &file[0], uintptr(len(file)), options, &s.handle)
		},
		func() uintptr { return a.createCPUMemoryInfo(arenaAllocator, memDefault, &s.memory) },
	)
	if err != nil {
		return err
	}
	return s.describe()
}

// describe asks for the names and the input's type.
func (s *session) describe() error {
	a := s.r.api
	var inputs, outputs, allocator, info, tensor uintptr
	err := a.first(
		func() uintptr { return a.inputCount(s.handle, &inputs) },
		func() uintptr { return a.outputCount(s.handle, &outputs) },
		func() uintptr { return a.defaultAllocator(&allocator) },
	)
	if err != nil {
		return err
	}
	if inputs != 1 || outputs != 1 {
		return fmt.Errorf("the model has %d inputs and %d outputs, want one of each", inputs, outputs)
	}
	err = a.first(
		func() uintptr { return a.inputName(s.handle, 0, allocator, &s.input) },
		func() uintptr { return a.outputName(s.handle, 0, allocator, &s.output) },
		func() uintptr { return a.inputTypeInfo(s.handle, 0, &info) },
	)
	if err != nil {
		return err
	}
	defer a.releaseTypeInfo(info)
	if err := a.check(a.castToTensorInfo(info, &tensor)); err != nil { // tensor belongs to info
		return err
	}
	if tensor == 0 {
		return errors.New("the model's input is no tensor")
	}
	return a.check(a.elementType(tensor, &s.inputType))
}

// String implements packagefmt.Session.
func (s *session) String() string { return s.name }

// Close frees the session. It waits for a call of Run.
func (s *session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.env == 0 {
		return nil
	}
	a := s.r.api
	var allocator uintptr
	err := a.check(a.defaultAllocator(&allocator))
	for _, name := range []uintptr{s.input, s.output} {
		if err == nil && name != 0 {
			err = a.check(a.allocatorFree(allocator, name))
		}
	}
	if s.memory != 0 {
		a.releaseMemoryInfo(s.memory)
	}
	if s.handle != 0 {
		a.releaseSession(s.handle)
	}
	s.r.release()
	s.env, s.handle, s.memory, s.input, s.output = 0, 0, 0, 0, 0
	return err
}

// Run implements packagefmt.Session. When ctx ends, the library stops before the next operator.
func (s *session) Run(ctx context.Context, x safetensors.Tensor) (safetensors.Tensor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handle == 0 {
		return safetensors.Tensor{}, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return safetensors.Tensor{}, context.Cause(ctx)
	}
	var pin runtime.Pinner // the library reads x where it is, until the value is released
	defer pin.Unpin()
	in, err := s.value(&pin, x)
	if err != nil {
		return safetensors.Tensor{}, err
	}
	a := s.r.api
	defer a.releaseValue(in)
	out, err := s.call(ctx, in)
	if err != nil {
		return safetensors.Tensor{}, err
	}
	defer a.releaseValue(out)
	return s.copied(out)
}

// value makes the library's value of a tensor.
func (s *session) value(pin *runtime.Pinner, x safetensors.Tensor) (value uintptr, err error) {
	if err := x.Check(); err != nil {
		return 0, err
	}
	if len(x.Data) == 0 || len(x.Shape) == 0 {
		return 0, fmt.Errorf("no samples: shape %v", x.Shape)
	}
	data, size, err := s.elements(x.Data)
	if err != nil {
		return 0, err
	}
	pin.Pin(data)
	shape := make([]int64, len(x.Shape))
	for i, d := range x.Shape {
		shape[i] = int64(d)
	}
	a := s.r.api
	err = a.check(a.createTensorWithData(s.memory, unsafe.Pointer(data), size, &shape[0], uintptr(len(shape)), s.inputType, &value))
	return value, err
}

// elements are numbers as the model's input takes them.
func (s *session) elements(x []float32) (data *byte, size uintptr, err error) {
	for i, v := range x {
		if s.inputType != typeFloat && (v != float32(math.Trunc(float64(v))) || math.Abs(float64(v)) > math.MaxInt32) {
			return nil, 0, fmt.Errorf("value %d is %v, and the model takes integers", i, v)
		}
	}
	switch s.inputType {
	case typeFloat:
		return (*byte)(unsafe.Pointer(&x[0])), uintptr(4 * len(x)), nil
	case typeInt32:
		own := make([]int32, len(x))
		for i, v := range x {
			own[i] = int32(v)
		}
		return (*byte)(unsafe.Pointer(&own[0])), uintptr(4 * len(x)), nil
	case typeInt64:
		own := make([]int64, len(x))
		for i, v := range x {
			own[i] = int64(v)
		}
		return (*byte)(unsafe.Pointer(&own[0])), uintptr(8 * len(x)), nil
	}
	return nil, 0, errors.New("the model's input is of type " + strconv.Itoa(int(s.inputType)) + ", want float, int32 or int64")
}

// call runs the model; the caller releases the output.
func (s *session) call(ctx context.Context, in uintptr) (out uintptr, err error) {
	a := s.r.api
	var options uintptr
	if err := a.check(a.createRunOptions(&options)); err != nil {
		return 0, err
	}
	defer a.releaseRunOptions(options)
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		_ = a.check(a.setTerminate(options)) // it never fails
	})
	err = a.check(a.run(s.handle, options, &s.input, &in, 1, &s.output, 1, &out))
	if !stop() {
		<-told // options are in use until then
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return out, err
}

// maxRank bounds the dimensions of an output.
const maxRank = 8

// copied is an output in Go's memory.
func (s *session) copied(out uintptr) (y safetensors.Tensor, err error) {
	a := s.r.api
	var tensor, rank uintptr
	if err := a.check(a.typeAndShape(out, &tensor)); err != nil {
		return y, err
	}
	defer a.releaseTensorInfo(tensor)
	var of int32
	if err := a.first(func() uintptr { return a.elementType(tensor, &of) }, func() uintptr { return a.dimensionsCount(tensor, &rank) }); err != nil {
		return y, err
	}
	if of != typeFloat || rank == 0 || rank > maxRank {
		return y, fmt.Errorf("an output of type %d with %d dimensions, want float with 1 to %d", of, rank, maxRank)
	}
	dims := make([]int64, rank)
	if err := a.check(a.dimensions(tensor, &dims[0], rank)); err != nil {
		return y, err
	}
	size := 1
	for _, d := range dims {
		if d < 1 || int64(size) > math.MaxInt32/d {
			return y, fmt.Errorf("an output of shape %v", dims)
		}
		size *= int(d)
		y.Shape = append(y.Shape, int(d))
	}
	var data unsafe.Pointer
	if err := a.check(a.tensorData(out, &data)); err != nil {
		return y, err
	}
	y.Data = make([]float32, size)
	copy(y.Data, unsafe.Slice((*float32)(data), size))
	return y, nil
}

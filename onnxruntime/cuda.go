package onnxruntime

import (
	"runtime"
	"slices"
	"unsafe"
)

// hasCUDA reports whether the library was built with the CUDA provider.
func (a *api) hasCUDA() bool {
	var names unsafe.Pointer
	var n int32
	if a.check(a.availableProviders(&names, &n)) != nil {
		return false
	}
	defer func() { _ = a.check(a.releaseProviders(names, n)) }() // it never fails, by its documentation
	var all []string
	for _, p := range unsafe.Slice((**byte)(names), n) {
		all = append(all, text(p))
	}
	return slices.Contains(all, "CUDAExecutionProvider")
}

// text copies a string of C's.
func text(p *byte) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}

// cudaOptions are what sessions ask of the provider: no TF32, whose results differ too much, and algorithms that are chosen without trying
// all of them for every size of a batch. The device is the first that CUDA_VISIBLE_DEVICES leaves.
var cudaOptions = [][2]string{{"use_tf32", "0"}, {"cudnn_conv_algo_search", "HEURISTIC"}}

// addCUDA adds the provider to a session's options. It fails where the provider's own libraries are missing.
func (a *api) addCUDA(options uintptr) error {
	var cuda uintptr
	if err := a.check(a.createCUDAOptions(&cuda)); err != nil {
		return err
	}
	defer a.releaseCUDAOptions(cuda)
	var pin runtime.Pinner
	defer pin.Unpin()
	keys, values := make([]uintptr, len(cudaOptions)), make([]uintptr, len(cudaOptions))
	address := func(s string) uintptr {
		b := append([]byte(s), 0)
		pin.Pin(&b[0])
		return uintptr(unsafe.Pointer(&b[0]))
	}
	for i, o := range cudaOptions {
		keys[i], values[i] = address(o[0]), address(o[1])
	}
	return a.first(
		func() uintptr { return a.updateCUDAOptions(cuda, &keys[0], &values[0], uintptr(len(keys))) },
		func() uintptr { return a.appendCUDA(options, cuda) },
	)
}

// identity is the smallest ONNX file: y = Identity(x) of one number, opset 13, IR 7.
var identity = []byte("\x08\x07:+\n\x10\n\x01x\x12\x01y\"\x08Identity\x12\x01gZ\x09\n\x01x\x12\x04\n\x02\x08\x01b\x09\n\x01y\x12\x04\n\x02\x08\x01B\x02\x10\x0d")

// tryCUDA reports why no session runs on a GPU; nil: it does.
func (r *Runtime) tryCUDA() error {
	s, err := r.session(identity, true)
	if err != nil {
		return err
	}
	return s.Close()
}

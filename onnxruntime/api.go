package onnxruntime

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// minAPI is the version of the table of functions that is asked for. Later libraries have it, too: the table only grows.
const minAPI = 18

// Constants of onnxruntime_c_api.h.
const (
	levelFatal     = 4  // ORT_LOGGING_LEVEL_FATAL: errors come as statuses
	optimizeAll    = 99 // ORT_ENABLE_ALL
	arenaAllocator = 1  // OrtArenaAllocator
	memDefault     = 0  // OrtMemTypeDefault
	typeFloat      = 1  // ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT
	typeInt32      = 6  // …_INT32
	typeInt64      = 7  // …_INT64
)

// api is the part of struct OrtApi that is used. Handles (OrtEnv*, OrtSession*, …) and statuses are addresses of the library's
// memory; 0 is none.
type api struct {
	getErrorMessage        func(status uintptr) string
	createEnv              func(level int32, id string, env *uintptr) uintptr
	disableTelemetryEvents func(env uintptr) uintptr
	createSessionFromArray func(env uintptr, model *byte, size uintptr, options uintptr, session *uintptr) uintptr
	run                    func(session, options uintptr, inputNames, inputs *uintptr, inputCount uintptr, outputNames *uintptr, outputCount uintptr, outputs *uintptr) uintptr

	createSessionOptions func(options *uintptr) uintptr
	setOptimization      func(options uintptr, level int32) uintptr
	setIntraThreads      func(options uintptr, n int32) uintptr
	setInterThreads      func(options uintptr, n int32) uintptr
	addConfigEntry       func(options uintptr, key, value string) uintptr

	inputCount    func(session uintptr, n *uintptr) uintptr
	outputCount   func(session uintptr, n *uintptr) uintptr
	inputTypeInfo func(session, i uintptr, info *uintptr) uintptr
	inputName     func(session, i, allocator uintptr, name *uintptr) uintptr
	outputName    func(session, i, allocator uintptr, name *uintptr) uintptr

	createRunOptions func(options *uintptr) uintptr
	setTerminate     func(options uintptr) uintptr

	createTensorWithData func(memory uintptr, data unsafe.Pointer, bytes uintptr, shape *int64, rank uintptr, elementType int32, value *uintptr) uintptr
	tensorData           func(value uintptr, data *unsafe.Pointer) uintptr
	castToTensorInfo     func(info uintptr, tensor *uintptr) uintptr
	elementType          func(tensor uintptr, elementType *int32) uintptr
	dimensionsCount      func(tensor uintptr, n *uintptr) uintptr
	dimensions           func(tensor uintptr, dims *int64, n uintptr) uintptr
	typeAndShape         func(value uintptr, tensor *uintptr) uintptr

	createCPUMemoryInfo func(allocator, memory int32, info *uintptr) uintptr
	defaultAllocator    func(allocator *uintptr) uintptr
	allocatorFree       func(allocator, p uintptr) uintptr

	releaseEnv, releaseStatus, releaseMemoryInfo, releaseSession, releaseValue   func(uintptr)
	releaseRunOptions, releaseTypeInfo, releaseTensorInfo, releaseSessionOptions func(uintptr)
	availableProviders                                                           func(names *unsafe.Pointer, n *int32) uintptr
	releaseProviders                                                             func(names unsafe.Pointer, n int32) uintptr
	appendCUDA                                                                   func(options, cuda uintptr) uintptr
	createCUDAOptions                                                            func(options *uintptr) uintptr
	updateCUDAOptions                                                            func(options uintptr, keys, values *uintptr, n uintptr) uintptr
	releaseCUDAOptions                                                           func(uintptr)
}

// slots are the places of the functions in struct OrtApi, as offsetof gives them for onnxruntime_c_api.h.
func (a *api) slots() map[int]any {
	return map[int]any{
		2: &a.getErrorMessage, 3: &a.createEnv, 6: &a.disableTelemetryEvents, 8: &a.createSessionFromArray, 9: &a.run,
		10: &a.createSessionOptions, 23: &a.setOptimization, 24: &a.setIntraThreads, 25: &a.setInterThreads, 130: &a.addConfigEntry,
		30: &a.inputCount, 31: &a.outputCount, 33: &a.inputTypeInfo, 36: &a.inputName, 37: &a.outputName,
		39: &a.createRunOptions, 46: &a.setTerminate,
		49: &a.createTensorWithData, 51: &a.tensorData, 55: &a.castToTensorInfo, 60: &a.elementType, 61: &a.dimensionsCount, 62: &a.dimensions, 65: &a.typeAndShape,
		69: &a.createCPUMemoryInfo, 76: &a.allocatorFree, 78: &a.defaultAllocator,
		92: &a.releaseEnv, 93: &a.releaseStatus, 94: &a.releaseMemoryInfo, 95: &a.releaseSession, 96: &a.releaseValue,
		97: &a.releaseRunOptions, 98: &a.releaseTypeInfo, 99: &a.releaseTensorInfo, 100: &a.releaseSessionOptions,
		125: &a.availableProviders, 126: &a.releaseProviders,
		204: &a.appendCUDA, 205: &a.createCUDAOptions, 206: &a.updateCUDAOptions, 208: &a.releaseCUDAOptions,
	}
}

// lastSlot is the greatest of slots.
const lastSlot = 208

// check makes an error of a status, and releases it.
func (a *api) check(status uintptr) error {
	if status == 0 {
		return nil
	}
	defer a.releaseStatus(status)
	return errors.New(strings.ToValidUTF8(fmt.Sprintf("%.500s", a.getErrorMessage(status)), "?"))
}

// first makes the calls until one of them fails.
func (a *api) first(calls ...func() uintptr) error {
	for _, call := range calls {
		if err := a.check(call()); err != nil {
			return err
		}
	}
	return nil
}

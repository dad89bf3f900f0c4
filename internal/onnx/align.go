package onnx

import (
	"unsafe"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// alignMin is the size from which a tensor's bytes are worth moving.
const alignMin = 128

// align moves a tensor's bytes within the file, over what comes before them in the same
// message, which has been read: to the beginning of a line of the cache if there is room,
// or of half a line, which vectors need so as not to lie across two, but at least to an
// address that float32s can have. It reports false for what has to be copied: few bytes,
// or a file that belongs to someone else.
func (l *loader) align(t *wire.Tensor) bool {
	n := len(t.Raw)
	if l.file == nil || n < alignMin {
		return false
	}
	first := uintptr(unsafe.Pointer(&t.Raw[0]))
	at := int(first - uintptr(unsafe.Pointer(&l.file[0])))
	for to := uintptr(64); to >= 4; to /= 2 {
		if shift := int(first % to); shift <= t.Room {
			copy(l.file[at-shift:], t.Raw)
			t.Raw, t.Room = l.file[at-shift:][:n:n], t.Room-shift
			return true
		}
	}
	return false
}

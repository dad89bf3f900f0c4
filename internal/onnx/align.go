package onnx

import "unsafe"

// alignMin is the size from which the header of bytes in a protocol buffer has at
// least three bytes, one for the field and two for the length: room to move them by.
const alignMin = 128

// align moves a tensor's bytes within the file to an address that float32s can have,
// over their own header, which has been read. It reports false for what has to be
// copied: few bytes, or a file that belongs to someone else.
func (l *loader) align(raw *[]byte) bool {
	n := len(*raw)
	if l.file == nil || n < alignMin {
		return false
	}
	at := int(uintptr(unsafe.Pointer(&(*raw)[0])) - uintptr(unsafe.Pointer(&l.file[0])))
	shift := int(uintptr(unsafe.Pointer(&(*raw)[0])) % 4)
	copy(l.file[at-shift:], (*raw)[:n])
	*raw = l.file[at-shift:][:n:n]
	return true
}

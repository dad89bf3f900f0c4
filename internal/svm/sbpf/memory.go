package sbpf

import (
	"encoding/binary"
	"fmt"
)

// region is one of the memory regions of a program.
type region struct {
	data     []byte
	writable bool
	gapped   bool // every second FrameSize bytes of the address space are a gap (the stack of V0)
	high     int  // end of the bytes written, which limits what has to be cleared
}

// Memory is the address space of a running program: five regions, region i at i·2³².
type Memory struct {
	regions [5]region
	version Version
}

// Fault is a failure of the program itself, not of a system call: it uses up all remaining compute units.
type Fault struct{ Msg string }

func (f *Fault) Error() string { return f.Msg }

// The faults without arguments.
var (
	ErrCallDepth       = &Fault{"exceeded max BPF to BPF call depth"}
	ErrDivideByZero    = &Fault{"divide by zero at BPF instruction"}
	ErrDivideOverflow  = &Fault{"division overflow at BPF instruction"}
	ErrOverrun         = &Fault{"attempted to execute past the end of the text segment at BPF instruction"}
	ErrCallOutsideText = &Fault{"callx attempted to call outside of the text segment"}
	ErrComputeExceeded = &Fault{"exceeded CUs meter at BPF instruction"}
	ErrUnsupportedInsn = &Fault{"unsupported BPF instruction"}
	ErrInvalidInsn     = &Fault{"invalid BPF instruction"}
)

// AccessError describes an access outside the program's memory. In a system call it is the call's error.
type AccessError struct {
	Store bool
	Addr  uint64
	Len   uint64
	frame int64  // stack frame of Addr, if it is near the stack
	stack bool   // whether frame is set
	where string // region of Addr, if frame is not set
}

func (e *AccessError) Error() string {
	if e.stack {
		return fmt.Sprintf("Access violation in stack frame %d at address %#x of size %d", e.frame, e.Addr, e.Len)
	}
	verb := "reading"
	if e.Store {
		verb = "writing"
	}
	return fmt.Sprintf("Access violation %s %d bytes at address %#x (in %s region)", verb, e.Len, e.Addr, e.where)
}

// regionNames are the names of the regions in access errors.
var regionNames = [5]string{"allocated", "program", "stack", "heap", "input"}

// violation returns the error for a refused access.
func (m *Memory) violation(addr, n uint64, store bool) error {
	e := &AccessError{Store: store, Addr: addr, Len: n, where: "unallocated"}
	rel := int64(addr) - StackStart
	if int64(addr) < 0 && rel > 0 { // saturating subtraction
		rel = -1 << 63
	}
	if e.frame = rel / FrameSize; e.frame >= -1 && e.frame < MaxCallDepth+1 {
		e.stack = true
		return e
	}
	if i := addr >> 32; i < uint64(len(m.regions)) {
		size := uint64(len(m.regions[i].data))
		if m.regions[i].gapped {
			size *= 2
		}
		if addr&0xffff_ffff < size {
			e.where = regionNames[i]
		}
	}
	return e
}

// view returns the n bytes at addr, or nil if the program may not access them.
func (m *Memory) view(addr, n uint64, store bool) []byte {
	i := addr >> 32
	if i >= uint64(len(m.regions)) {
		return nil
	}
	r := &m.regions[i]
	if store && !r.writable {
		return nil
	}
	off := addr & 0xffff_ffff
	if r.gapped {
		if off&FrameSize != 0 {
			return nil
		}
		off = off&^(FrameSize*2-1)>>1 | off&(FrameSize-1)
	}
	if n > uint64(len(r.data)) || off > uint64(len(r.data))-n {
		return nil
	}
	end := off + n
	if store && int(end) > r.high {
		r.high = int(end)
	}
	return r.data[off:end:end]
}

// Bytes returns the n bytes at addr: the program's memory itself, not a copy. If n is 0 any address is valid.
func (m *Memory) Bytes(addr, n uint64, store bool) ([]byte, error) {
	if n == 0 {
		return []byte{}, nil
	}
	if b := m.view(addr, n, store); b != nil {
		return b, nil
	}
	return nil, m.violation(addr, n, store)
}

// Input returns the input region.
func (m *Memory) Input() []byte { return m.regions[4].data }

// load reads a little-endian number of n (1, 2, 4 or 8) bytes.
func (m *Memory) load(addr uint64, n uint64) (uint64, bool) {
	b := m.view(addr, n, false)
	if b == nil {
		return 0, false
	}
	switch n {
	case 1:
		return uint64(b[0]), true
	case 2:
		return uint64(binary.LittleEndian.Uint16(b)), true
	case 4:
		return uint64(binary.LittleEndian.Uint32(b)), true
	}
	return binary.LittleEndian.Uint64(b), true
}

// store writes the low n (1, 2, 4 or 8) bytes of v.
func (m *Memory) store(addr, n, v uint64) bool {
	b := m.view(addr, n, true)
	if b == nil {
		return false
	}
	switch n {
	case 1:
		b[0] = byte(v)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	default:
		binary.LittleEndian.PutUint64(b, v)
	}
	return true
}

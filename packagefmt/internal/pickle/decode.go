package pickle

import (
	"bytes"
	"fmt"
)

// MaxOps bounds the number of opcodes of one pickle, with one more for every eight
// bytes of it: a network of a thousand layers takes about 100,000, and a list of
// numbers beside it one for each.
const MaxOps = 1 << 20

// Hooks decide which names a pickle may use and what calls return. A nil hook
// refuses all of them.
type Hooks struct {
	// Allow returns an error for a class or function that the pickle may not
	// name.
	Allow func(Global) error
	// Call returns the result of calling a global. Results of other calls, such as of
	// what a call returned, are Objects.
	Call func(Global, Tuple) (any, error)
	// Persistent returns the value of a persistent ID (PyTorch: a storage).
	Persistent func(id any) (any, error)
}

// Decode reads one pickle from the front of b and returns its value and the
// number of bytes it took.
func Decode(b []byte, hooks Hooks) (value any, n int, err error) {
	m := &machine{in: b, hooks: hooks}
	most := MaxOps + len(b)/8
	for range most {
		op, err := m.byte()
		if err != nil {
			return nil, 0, err
		}
		if op == opStop {
			v, err := m.pop()
			return v, m.at, err
		}
		if err := m.step(op); err != nil {
			return nil, 0, fmt.Errorf("opcode %#02x at byte %d: %w", op, m.at, err)
		}
	}
	return nil, 0, fmt.Errorf("%w: more than %d opcodes", ErrFormat, most)
}

// machine is the stack machine. marks holds the height of the stack at each
// MARK.
type machine struct {
	in    []byte
	at    int
	stack []any
	marks []int
	memo  map[uint64]any
	hooks Hooks
	// copied counts the list items copied by calls, see chargeCopies.
	copied int
}

func (m *machine) byte() (byte, error) {
	if m.at >= len(m.in) {
		return 0, fmt.Errorf("%w: ends early", ErrFormat)
	}
	m.at++
	return m.in[m.at-1], nil
}

// bytes returns the next n bytes of the input, not a copy.
func (m *machine) bytes(n uint64) ([]byte, error) {
	if n > uint64(len(m.in)-m.at) {
		return nil, fmt.Errorf("%w: needs %d more bytes, %d are left", ErrFormat, n, len(m.in)-m.at)
	}
	b := m.in[m.at : m.at+int(n)]
	m.at += int(n)
	return b, nil
}

// uint reads a little-endian number of size bytes.
func (m *machine) uint(size uint64) (uint64, error) {
	b, err := m.bytes(size)
	var v uint64
	for i, c := range b {
		v |= uint64(c) << (8 * i)
	}
	return v, err
}

// prefixed reads a little-endian length of size bytes, then that many bytes.
func (m *machine) prefixed(size uint64) ([]byte, error) {
	n, err := m.uint(size)
	if err != nil {
		return nil, err
	}
	return m.bytes(n)
}

func (m *machine) line() (string, error) {
	i := bytes.IndexByte(m.in[m.at:], '\n')
	if i < 0 {
		return "", fmt.Errorf("%w: line without end", ErrFormat)
	}
	s := string(m.in[m.at : m.at+i])
	m.at += i + 1
	return s, nil
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// pop removes and returns the top of the stack; it never goes below the last
// mark.
func (m *machine) pop() (any, error) {
	low := 0
	if len(m.marks) > 0 {
		low = m.marks[len(m.marks)-1]
	}
	if len(m.stack) <= low {
		return nil, fmt.Errorf("%w: stack underflow", ErrFormat)
	}
	v := m.stack[len(m.stack)-1]
	m.stack[len(m.stack)-1] = nil
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

func (m *machine) popN(n int) (Tuple, error) {
	t := make(Tuple, n)
	for i := n - 1; i >= 0; i-- {
		var err error
		if t[i], err = m.pop(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// popMark removes the last mark and everything above it, which it returns.
func (m *machine) popMark() (Tuple, error) {
	if len(m.marks) == 0 {
		return nil, fmt.Errorf("%w: no mark", ErrFormat)
	}
	low := m.marks[len(m.marks)-1]
	m.marks = m.marks[:len(m.marks)-1]
	t := make(Tuple, len(m.stack)-low)
	copy(t, m.stack[low:])
	clear(m.stack[low:])
	m.stack = m.stack[:low]
	return t, nil
}

// peek returns the top of the stack, which must be a T, and leaves it there.
func peek[T any](m *machine) (T, error) {
	v, err := m.pop()
	if err != nil {
		var zero T
		return zero, err
	}
	m.push(v)
	t, ok := v.(T)
	if !ok {
		return t, fmt.Errorf("%w: found %T, want %T", ErrFormat, v, t)
	}
	return t, nil
}

// popAs removes and returns the top of the stack, which must be a T.
func popAs[T any](m *machine) (T, error) {
	v, err := m.pop()
	if err != nil {
		var zero T
		return zero, err
	}
	t, ok := v.(T)
	if !ok {
		return t, fmt.Errorf("%w: found %T, want %T", ErrFormat, v, t)
	}
	return t, nil
}

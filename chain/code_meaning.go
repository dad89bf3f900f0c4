package chain

import "fmt"

// meaning is a code's name in its program's source, what it means and what to do
// about it.
type meaning struct{ name, msg string }

// meanings are those of a program that counts its codes from 0.
type meanings []meaning

func (m meanings) has(code uint32) bool { return code < uint32(len(m)) }

// name is empty for an unknown code.
func (m meanings) name(code uint32) string {
	if m.has(code) {
		return m[code].name
	}
	return ""
}

// text is the error text of a program's code.
func (m meanings) text(program string, code uint32) string {
	if m.has(code) {
		return fmt.Sprintf("%s: %s (%d): %s", program, m[code].name, code, m[code].msg)
	}
	return fmt.Sprintf("%s: error %d", program, code)
}

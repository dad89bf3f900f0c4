package sbpf

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
)

var (
	op   = sbpftest.Insn
	lddw = sbpftest.Lddw
	exit = sbpftest.Exit
)

// text joins instructions.
func text(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// noCalls is a registry without system calls.
func noCalls(t testing.TB) *Syscalls {
	t.Helper()
	calls, err := NewSyscalls(nil)
	require.NoError(t, err)
	return calls
}

// assemble returns a program with the given byte code.
func assemble(t testing.TB, v Version, calls *Syscalls, code []byte) *Program {
	t.Helper()
	p, err := newProgram(&image{version: v, text: code, rodata: code, textAddr: TextStart, functions: map[uint32]int{}}, calls)
	require.NoError(t, err)
	return p
}

// testVM is shared because it is large.
var testVM = new(VM)

// run runs a program on 64 bytes of input with a meter of 10,000 and returns what is left.
func run(t testing.TB, p *Program) (result, left uint64, err error) {
	t.Helper()
	meter := uint64(10_000)
	testVM.Reset(p, make([]byte, 64), DefaultHeap, &meter)
	result, err = testVM.Run(p, InputStart, 0)
	return result, meter, err
}

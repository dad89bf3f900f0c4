package sbpf

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCalls calls functions by relative offset, by register and nested too deeply.
func TestCalls(t *testing.T) {
	// A call preserves r6 and the stack frame; the callee's frame is the next one.
	code := text(
		op(opMov64I, 6, 0, 0, 5),
		op(opStdw, 10, 0, -8, 7),
		op(opCall, 0, 1, 0, 3),
		op(opAdd64R, 0, 6, 0, 0),
		op(opLdxdw, 1, 10, -8, 0),
		exit(),
		op(opMov64I, 6, 0, 0, 100),
		op(opStdw, 10, 0, -8, 9),
		op(opMov64R, 0, 10, 0, 0),
		exit(),
	)
	got, left, err := run(t, assemble(t, V3, noCalls(t), code))
	require.NoError(t, err)
	require.EqualValues(t, StackStart+2*FrameSize+5, got)
	require.EqualValues(t, 10_000-10, left)

	byRegister := func(v Version, target uint64) []byte {
		if v == V0 {
			return text(lddw(1, target), op(opCallx, 0, 0, 0, 1), exit(), op(opMov64I, 0, 0, 0, 42), exit())
		}
		return text(lddw(1, target), op(opCallx, 1, 0, 0, 0), exit(), op(opMov64I, 0, 0, 0, 42), exit())
	}
	for _, v := range []Version{V0, V3} {
		got, _, err = run(t, assemble(t, v, noCalls(t), byRegister(v, TextStart+4*InsnSize)))
		require.NoError(t, err)
		require.EqualValues(t, 42, got)
		for _, bad := range []uint64{0, TextStart - 8, TextStart + 6*InsnSize, ^uint64(0)} {
			_, _, err = run(t, assemble(t, v, noCalls(t), byRegister(v, bad)))
			require.Equal(t, ErrCallOutsideText, err, "%#x", bad)
		}
		_, _, err = run(t, assemble(t, v, noCalls(t), byRegister(v, TextStart+InsnSize)))
		require.Equal(t, ErrUnsupportedInsn, err, "into the middle of a 64-bit immediate")
	}

	_, left, err = run(t, assemble(t, V3, noCalls(t), text(op(opCall, 0, 1, 0, -1), exit())))
	require.Equal(t, ErrCallDepth, err)
	require.EqualValues(t, 10_000-MaxCallDepth, left)
}

// TestEnds runs programs that end without exit.
func TestEnds(t *testing.T) {
	_, left, err := run(t, assemble(t, V0, noCalls(t), op(opJa, 0, 0, -1, 0)))
	require.Equal(t, ErrComputeExceeded, err)
	require.Zero(t, left)
	_, left, err = run(t, assemble(t, V0, noCalls(t), op(opMov64I, 0, 0, 0, 0)))
	require.Equal(t, ErrOverrun, err)
	require.EqualValues(t, 10_000-2, left)
	for _, v := range []Version{V0, V3} {
		_, _, err = run(t, assemble(t, v, noCalls(t), text(op(opCall, 0, 0, 0, -1), exit())))
		require.Equal(t, ErrUnsupportedInsn, err)
	}
}

// TestSyscalls checks arguments and results of a system call.
func TestSyscalls(t *testing.T) {
	boom := errors.New("boom")
	calls, err := NewSyscalls(map[string]Syscall{
		"sum": func(vm *VM, a, b, c, d, e uint64) (uint64, error) {
			*vm.Meter -= 100
			return a + b*10 + c*100 + d*1000 + e*10_000, nil
		},
		"fail": func(*VM, uint64, uint64, uint64, uint64, uint64) (uint64, error) { return 0, boom },
	})
	require.NoError(t, err)
	hash := func(name string) int32 { return int32(SymbolHash([]byte(name))) }
	code := text(op(opMov64I, 1, 0, 0, 1), op(opMov64I, 2, 0, 0, 2), op(opMov64I, 3, 0, 0, 3), op(opMov64I, 4, 0, 0, 4),
		op(opMov64I, 5, 0, 0, 5), op(opCall, 0, 0, 0, hash("sum")), exit())
	for _, v := range []Version{V0, V3} {
		got, left, err := run(t, assemble(t, v, calls, code))
		require.NoError(t, err)
		require.EqualValues(t, 54_321, got)
		require.EqualValues(t, 10_000-7-100, left)
		_, _, err = run(t, assemble(t, v, calls, text(op(opCall, 0, 0, 0, hash("fail")), exit())))
		require.ErrorIs(t, err, boom)
		var sys *SyscallError
		require.True(t, errors.As(err, &sys))
	}
	_, err = NewSyscalls(map[string]Syscall{"sum": nil})
	require.NoError(t, err)
}

// TestSymbolHash compares murmur3 with hashes from the sBPF documentation and toolchains.
func TestSymbolHash(t *testing.T) {
	for name, want := range map[string]uint32{
		"": 0, "abort": 0xb6fc1a11, "sol_log_": 0x207559bd, "sol_panic_": 0x686093bb, "entrypoint": 0x71e3cf81,
		"sol_memcpy_": 0x717cc4a3, "sol_invoke_signed_rust": 0xd7449092,
	} {
		require.Equal(t, want, SymbolHash([]byte(name)), name)
	}
	require.Len(t, binary.LittleEndian.AppendUint32(nil, SymbolHash([]byte("x"))), 4)
}

// TestVerifier violates each rule for byte code.
func TestVerifier(t *testing.T) {
	for _, c := range []struct {
		name string
		v    Version
		code []byte
		want string
	}{
		{"empty", V0, nil, "positive multiple"},
		{"odd", V0, make([]byte, 9), "positive multiple"},
		{"unknown", V0, op(0xff, 0, 0, 0, 0), "unknown opcode 0xff"},
		{"half an immediate", V0, op(opLddw, 0, 0, 0, 0), "incomplete"},
		{"immediate without its half", V0, text(op(opLddw, 0, 0, 0, 0), exit()), "incomplete"},
		{"jump out", V0, text(op(opJa, 0, 0, 1, 0), exit()), "jump out of code"},
		{"jump before", V0, text(op(opJa, 0, 0, -2, 0), exit()), "jump out of code"},
		{"jump into an immediate", V0, text(op(opJa, 0, 0, 1, 0), lddw(0, 0), exit()), "middle"},
		{"source register", V0, text(op(opMov64R, 0, 11, 0, 0), exit()), "source register"},
		{"destination register", V0, text(op(opMov64R, 11, 0, 0, 0), exit()), "destination register"},
		{"frame pointer", V0, text(op(opMov64I, 10, 0, 0, 0), exit()), "destination register"},
		{"division", V0, text(op(opDiv64I, 0, 0, 0, 0), exit()), "division by zero"},
		{"shift", V0, text(op(opLsh32I, 0, 0, 0, 32), exit()), "overflows"},
		{"negative shift", V0, text(op(opArsh64I, 0, 0, 0, -1), exit()), "overflows"},
		{"swap", V0, text(op(opBe, 0, 0, 0, 8), exit()), "byte swap"},
		{"call by register", V0, text(op(opCallx, 0, 0, 0, 10), exit()), "invalid register"},
		{"call by register, version 3", V3, text(op(opCallx, 10, 0, 0, 0), exit()), "invalid register"},
	} {
		require.ErrorContains(t, verify(c.code, c.v), c.want, c.name)
	}
	require.NoError(t, verify(text(op(opStdw, 10, 0, -8, 0), exit()), V0), "stores by the frame pointer are fine")
}

package sbpf

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
)

// answer returns a registry with one system call, which returns its first argument plus 1.
func answer(t testing.TB) *Syscalls {
	t.Helper()
	calls, err := NewSyscalls(map[string]Syscall{
		"answer": func(_ *VM, a, _, _, _, _ uint64) (uint64, error) { return a + 1, nil },
	})
	require.NoError(t, err)
	return calls
}

func goodV0() []byte {
	return sbpftest.V0(text(op(opMov64I, 1, 0, 0, 41), op(opCall, 0, 1, 0, -1), exit()), sbpftest.Call{Index: 1, Name: "answer"})
}

func goodV3() []byte {
	return sbpftest.V3(text(lddw(1, 0), op(opLdxdw, 1, 1, 0, 0), op(opCall, 0, 0, 0, int32(SymbolHash([]byte("answer")))), exit()),
		binary.LittleEndian.AppendUint64(nil, 41))
}

func TestLoad(t *testing.T) {
	for v, file := range map[Version][]byte{V0: goodV0(), V3: goodV3()} {
		p, err := Load(file, answer(t))
		require.NoError(t, err)
		require.Equal(t, v, p.Version())
		got, _, err := run(t, p)
		require.NoError(t, err)
		require.EqualValues(t, 42, got)
	}
}

// TestLoadRefuses damages a valid file in one place at a time.
func TestLoadRefuses(t *testing.T) {
	put := func(file []byte, at int, v ...byte) []byte {
		copy(file[at:], v)
		return file
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "too short"},
		{"magic", put(goodV0(), 0, 'X'), "not a 64-bit"},
		{"class", put(goodV0(), 4, 1), "not a 64-bit"},
		{"type", put(goodV0(), 16, 2), "not a shared object"},
		{"machine", put(goodV0(), 18, 62, 0), "not a shared object"},
		{"version", put(goodV0(), 48, 1), "version 1 is not supported"},
		{"version", put(goodV0(), 48, 9), "version 9 is not supported"},
		{"entry point outside", put(goodV0(), 24, 0, 1), "outside of .text"},
		{"entry point between", put(goodV0(), 24, 121), "not an instruction"},
		{"section headers outside", put(goodV0(), 40, 0xf8, 0xff), "outside of the file"},
		{"many section headers", put(goodV0(), 60, 0xff, 0xff), "outside of the file"},
		{"no names", put(goodV0(), 62, 0), "section headers"},
		{"unknown system call", sbpftest.V0(text(op(opCall, 0, 1, 0, -1), exit()), sbpftest.Call{Name: "nothing"}), `unresolved symbol "nothing"`},
		{"bad code", sbpftest.V0(op(0xff, 0, 0, 0, 0)), "unknown opcode"},
		{"cut off", goodV0()[:200], "outside of the file"},
		{"V3 entry point", put(goodV3(), 24, 0, 0, 0, 0, 0), "entry point"},
		{"V3 offset", put(goodV3(), 64+8, 184), "program header 0"},
		{"V3 size", put(goodV3(), 64+56+32, 0xff, 0xff), "program header 1"},
		{"V3 flags", put(goodV3(), 64+56+4, 7), "program header 1"},
		{"V3 header", put(goodV3(), 32, 65), "strict header"},
		{"too large", make([]byte, MaxELF+1), "more than"},
	} {
		_, err := Load(c.file, answer(t))
		require.ErrorIs(t, err, ErrELF, c.name)
		require.ErrorContains(t, err, c.want, c.name)
	}
}

// FuzzLoad loads and runs any file: nothing may panic, and a program must stop when its meter is used up.
func FuzzLoad(f *testing.F) {
	f.Add(goodV0())
	f.Add(goodV3())
	f.Add(sbpftest.V0(text(op(opCall, 0, 1, 0, 1), exit(), op(opStxdw, 10, 1, -8, 0), exit())))
	calls := answer(f)
	vm := new(VM)
	f.Fuzz(func(t *testing.T, file []byte) {
		before := bytes.Clone(file)
		p, err := Load(file, calls)
		require.True(t, bytes.Equal(before, file), "the file is the caller's")
		if err != nil {
			require.ErrorIs(t, err, ErrELF)
			return
		}
		runAny(t, vm, p)
	})
}

// FuzzRun runs any byte code in a file of either version.
func FuzzRun(f *testing.F) {
	f.Add(true, text(op(opMov64I, 1, 0, 0, 41), exit()))
	f.Add(false, text(lddw(1, StackStart), op(opStxdw, 1, 1, 8, 0), op(opCallx, 0, 0, 0, 1), exit()))
	calls := answer(f)
	vm := new(VM)
	f.Fuzz(func(t *testing.T, v3 bool, code []byte) {
		file := sbpftest.V0(code)
		if v3 {
			file = sbpftest.V3(code, nil)
		}
		if p, err := Load(file, calls); err == nil {
			runAny(t, vm, p)
		}
	})
}

// runAny runs a program twice, the second time covered: the results must be equal.
func runAny(t *testing.T, vm *VM, p *Program) {
	once := func(p *Program) (uint64, uint64, string) {
		meter := uint64(2_000)
		vm.Reset(p, make([]byte, 128), DefaultHeap, &meter)
		r, err := vm.Run(p, InputStart, 8)
		require.LessOrEqual(t, meter, uint64(2_000))
		if err != nil {
			return r, meter, err.Error()
		}
		return r, meter, ""
	}
	r1, m1, e1 := once(p)
	r2, m2, e2 := once(p.Covered(new(Edges)))
	require.Equal(t, r1, r2)
	require.Equal(t, m1, m2)
	require.Equal(t, e1, e2)
}

// BenchmarkInterpreter measures a loop with arithmetic, memory accesses and jumps, of 8 instructions per iteration.
func BenchmarkInterpreter(b *testing.B) {
	code := text(lddw(1, HeapStart), op(opMov64I, 2, 0, 0, 0),
		op(opLdxdw, 3, 1, 0, 0), op(opAdd64R, 3, 2, 0, 0), op(opXor64I, 3, 0, 0, 0x55aa), op(opStxdw, 1, 3, 0, 0),
		op(opAdd64I, 2, 0, 0, 1), op(opMov64R, 4, 2, 0, 0), op(opAnd64I, 4, 0, 0, 7), op(opJa, 0, 0, -8, 0))
	p := assemble(b, V0, noCalls(b), code)
	vm := new(VM)
	meter := uint64(b.N)
	vm.Reset(p, nil, DefaultHeap, &meter)
	b.ReportAllocs()
	b.ResetTimer()
	_, err := vm.Run(p, 0, 0)
	require.Equal(b, ErrComputeExceeded, err)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Minsn/s")
}

package sbpf

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLoadsAndStores writes to each writable region in each width and reads back.
func TestLoadsAndStores(t *testing.T) {
	const v = 0x8877_6655_4433_2211
	for _, base := range []uint64{StackStart + 8, StackStart + 2*FrameSize + 16, HeapStart, HeapStart + DefaultHeap - 8, InputStart + 3} {
		for _, c := range []struct {
			storeR, storeI, load uint8
			want, imm            uint64
		}{
			{opStxb, opStb, opLdxb, 0x11, 0xfe}, {opStxh, opSth, opLdxh, 0x2211, 0xfffe},
			{opStxw, opStw, opLdxw, 0x4433_2211, 0xffff_fffe}, {opStxdw, opStdw, opLdxdw, v, 0xffff_ffff_ffff_fffe},
		} {
			got, _, err := run(t, assemble(t, V0, noCalls(t), text(lddw(1, base+100), lddw(2, v), op(c.storeR, 1, 2, -100, 0), op(c.load, 0, 1, -100, 0), exit())))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			got, _, err = run(t, assemble(t, V0, noCalls(t), text(lddw(1, base), op(c.storeI, 1, 0, 0, -2), op(c.load, 0, 1, 0, 0), exit())))
			require.NoError(t, err)
			require.Equal(t, c.imm, got)
		}
	}
}

// TestAccessViolations makes each kind of forbidden access, which fails with a cluster's message.
func TestAccessViolations(t *testing.T) {
	load := func(addr uint64) []byte { return text(lddw(1, addr), op(opLdxdw, 0, 1, 0, 0), exit()) }
	store := func(addr uint64) []byte { return text(lddw(1, addr), op(opStxdw, 1, 0, 0, 0), exit()) }
	for _, c := range []struct {
		name string
		code []byte
		want string
	}{
		{"null", load(0), "Access violation reading 8 bytes at address 0x0 (in unallocated region)"},
		{"writing the program", store(TextStart), "Access violation writing 8 bytes at address 0x100000000 (in program region)"},
		{"over the end of the heap", store(HeapStart + DefaultHeap - 7), "Access violation writing 8 bytes at address 0x300007ff9 (in heap region)"},
		{"behind the heap", load(HeapStart + DefaultHeap), "Access violation reading 8 bytes at address 0x300008000 (in unallocated region)"},
		{"behind the input", load(InputStart + 64), "Access violation reading 8 bytes at address 0x400000040 (in unallocated region)"},
		{"the gap of the stack", store(StackStart + FrameSize), "Access violation in stack frame 1 at address 0x200001000 of size 8"},
		{"before the stack", load(StackStart - 8), "Access violation in stack frame 0 at address 0x1fffffff8 of size 8"},
		{"no region", load(5 << 32), "Access violation reading 8 bytes at address 0x500000000 (in unallocated region)"},
		{"the last address", load(^uint64(0)), "Access violation reading 8 bytes at address 0xffffffffffffffff (in unallocated region)"},
	} {
		_, _, err := run(t, assemble(t, V0, noCalls(t), c.code))
		require.EqualError(t, err, c.want, c.name)
		var access *AccessError
		require.True(t, errors.As(err, &access))
	}
}

// Of two programs that run in one virtual machine the second finds nothing of the first.
func TestFreshMemory(t *testing.T) {
	vm, meter := new(VM), uint64(1000)
	for _, base := range []uint64{StackStart + 5*2*FrameSize, HeapStart + 4000, HeapStart + DefaultHeap - 8} {
		write := assemble(t, V0, noCalls(t), text(lddw(1, base), op(opStdw, 1, 0, 0, -1), exit()))
		read := assemble(t, V0, noCalls(t), text(lddw(1, base), op(opLdxdw, 0, 1, 0, 0), exit()))
		vm.Reset(write, nil, DefaultHeap, &meter)
		_, err := vm.Run(write, 0, 0)
		require.NoError(t, err)
		vm.Reset(read, nil, DefaultHeap, &meter)
		got, err := vm.Run(read, 0, 0)
		require.NoError(t, err)
		require.Zero(t, got, "%#x", base)
	}
}

func TestAlloc(t *testing.T) {
	meter := uint64(0)
	vm := new(VM)
	vm.Reset(assemble(t, V0, noCalls(t), exit()), nil, DefaultHeap, &meter)
	require.EqualValues(t, HeapStart, vm.Alloc(3))
	require.EqualValues(t, HeapStart+8, vm.Alloc(DefaultHeap-8))
	require.Zero(t, vm.Alloc(1))
	require.Zero(t, vm.Alloc(^uint64(0)))
}

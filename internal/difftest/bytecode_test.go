package difftest

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
)

// codeGen writes random sBPF programs: every operation, memory accesses in and around every region, jumps, calls and
// system calls with sensible and absurd arguments.
type codeGen struct {
	*pair
	v3    bool
	code  []byte
	calls []sbpftest.Call
}

func (g *codeGen) emit(code, dst, src uint8, off int16, imm int32) {
	g.code = append(g.code, sbpftest.Insn(code, dst, src, off, imm)...)
}

func (g *codeGen) load(dst uint8, v uint64) { g.code = append(g.code, sbpftest.Lddw(dst, v)...) }

// syscall calls a system call by name, in the way of the version.
func (g *codeGen) syscall(name string) {
	if g.v3 {
		g.emit(0x85, 0, 0, 0, int32(sbpf.SymbolHash([]byte(name))))
		return
	}
	g.calls = append(g.calls, sbpftest.Call{Index: len(g.code) / 8, Name: name})
	g.emit(0x85, 0, 1, 0, -1)
}

func (g *codeGen) reg() uint8 { return uint8(g.rng.IntN(10)) }

// number returns an edge case.
func (g *codeGen) number() uint64 {
	v := pick(g.pair, []uint64{0, 1, 2, 31, 32, 63, 64, 255, 1 << 16, math.MaxInt32, 1 << 31, math.MaxUint32, 1 << 32, math.MaxInt64, 1 << 63, math.MaxUint64})
	if g.rng.IntN(3) == 0 {
		return g.rng.Uint64()
	}
	return v + uint64(g.rng.IntN(3)) - 1
}

// address returns an address, mostly an accessible one.
func (g *codeGen) address() uint64 {
	off := uint64(g.rng.IntN(1024)) &^ 7
	switch g.rng.IntN(120) {
	case 0:
		return pick(g.pair, []uint64{0, 8, 1 << 32, 5 << 32, math.MaxUint64, 2<<32 + 4096, 2<<32 + 4090, 3<<32 + 32760, 3<<32 + 32768, 4<<32 + 1<<20, 2<<32 - 8, 2<<32 + 64*8192})
	case 1:
		return 1<<32 + off
	case 2, 3:
		off++ // not aligned
	}
	return pick(g.pair, []uint64{sbpf.StackStart, sbpf.StackStart + 2*4096*3, sbpf.HeapStart, sbpf.InputStart}) + off
}

// arithmetic appends an operation on registers.
func (g *codeGen) arithmetic() {
	ops := []uint8{0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0}
	code := pick(g.pair, ops) | pick(g.pair, []uint8{4, 7})
	if g.rng.IntN(2) == 0 {
		g.emit(code|8, g.reg(), g.reg(), 0, 0)
		return
	}
	imm := int32(g.number())
	switch code & 0xf0 {
	case 0x60, 0x70, 0xc0:
		imm = int32(g.rng.IntN(32))
	case 0x30, 0x90:
		imm |= 1
	}
	g.emit(code, g.reg(), 0, 0, imm)
}

// memory appends a load or a store.
func (g *codeGen) memory() {
	width := pick(g.pair, []uint8{0x71, 0x69, 0x61, 0x79}) // loads; +1: store immediate, +2: store register
	base := g.reg()
	g.load(base, g.address())
	off := int16(g.rng.IntN(16))
	switch g.rng.IntN(3) {
	case 0:
		g.emit(width, g.reg(), base, off, 0)
	case 1:
		g.emit(width+1, base, 0, off, int32(g.number()))
	default:
		g.emit(width+2, base, g.reg(), off, 0)
	}
}

// callNames are the system calls and how many of their arguments are addresses.
var callNames = []string{
	"sol_log_64_", "sol_log_", "sol_log_pubkey", "sol_log_compute_units_", "sol_log_data", "sol_memcpy_", "sol_memmove_", "sol_memset_",
	"sol_memcmp_", "sol_sha256", "sol_keccak256", "sol_get_clock_sysvar", "sol_get_rent_sysvar", "sol_get_epoch_schedule_sysvar",
	"sol_get_epoch_rewards_sysvar", "sol_get_last_restart_slot", "sol_get_sysvar", "sol_set_return_data", "sol_get_return_data",
	"sol_get_stack_height", "sol_create_program_address", "sol_try_find_program_address", "sol_alloc_free_",
	"sol_get_processed_sibling_instruction", "sol_get_epoch_stake", "sol_invoke_signed_c",
	"sol_invoke_signed_rust", "sol_panic_", "abort",
}

// systemCall appends a system call with its arguments.
func (g *codeGen) systemCall() {
	name := callNames[g.rng.IntN(len(callNames))]
	if (name == "abort" || name == "sol_panic_" || strings.HasPrefix(name, "sol_invoke")) && g.rng.IntN(6) > 0 {
		name = "sol_log_64_"
	}
	for r := uint8(1); r <= 5; r++ {
		switch g.rng.IntN(40) {
		case 0:
			g.load(r, g.number())
		case 1:
			g.emit(0xb7, r, 0, 0, int32(g.rng.IntN(80)))
		case 2:
			g.load(r, g.address())
		default: // where every call can read and write
			g.load(r, pick(g.pair, []uint64{sbpf.StackStart, sbpf.HeapStart})+uint64(g.rng.IntN(64))*16)
		}
	}
	switch name { // most calls have their length in the second or third argument
	case "sol_log_", "sol_log_data", "sol_set_return_data", "sol_sha256", "sol_keccak256", "sol_create_program_address", "sol_try_find_program_address":
		g.emit(0xb7, 2, 0, 0, int32(g.rng.IntN(6)))
	case "sol_memcpy_", "sol_memmove_", "sol_memset_", "sol_memcmp_":
		g.emit(0xb7, 3, 0, 0, int32(g.rng.IntN(700)))
	case "sol_get_return_data", "sol_alloc_free_":
		g.emit(0xb7, 2, 0, 0, int32(g.rng.IntN(100)))
	case "sol_get_sysvar":
		g.sysvarID()
	case "sol_get_processed_sibling_instruction":
		g.emit(0xb7, 1, 0, 0, int32(g.rng.IntN(2)))
	}
	g.syscall(name)
}

// sysvarID sets register 1 to the address of a sysvar's id, and 3 and 4 to a range of its data.
func (g *codeGen) sysvarID() {
	id := pick(g.pair, []solana.PublicKey{solana.SysVarClockPubkey, solana.SysVarRentPubkey, solana.SysVarEpochSchedulePubkey, solana.SystemProgramID})
	g.load(1, sbpf.HeapStart+2048)
	for i := range 4 {
		g.load(4, binary.LittleEndian.Uint64(id[8*i:]))
		g.emit(0x7b, 1, 4, int16(8*i), 0)
	}
	g.emit(0xb7, 3, 0, 0, int32(g.rng.IntN(20)))
	g.emit(0xb7, 4, 0, 0, int32(g.rng.IntN(40)))
}

// pairAt writes a slice (address and length) to the heap, for the calls that take lists of them.
func (g *codeGen) pairAt() {
	g.load(6, sbpf.HeapStart+uint64(g.rng.IntN(128))*8)
	g.load(7, g.address())
	g.emit(0x7b, 6, 7, 0, 0)
	g.emit(0x7a, 6, 0, 8, int32(g.rng.IntN(40)))
}

// program returns a whole program.
func (g *codeGen) program() []byte {
	g.v3, g.code, g.calls = g.rng.IntN(2) == 0, nil, nil
	for r := range uint8(10) {
		g.load(r, g.number())
	}
	var jumps []int
	for range 5 + g.rng.IntN(40) {
		switch n := g.rng.IntN(20); {
		case n < 8:
			g.arithmetic()
		case n < 12:
			g.memory()
		case n < 14:
			jumps = append(jumps, len(g.code))
			code := pick(g.pair, []uint8{0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0}) | 5
			if g.v3 && g.rng.IntN(2) == 0 {
				code++
			}
			g.emit(code|pick(g.pair, []uint8{0, 8}), g.reg(), g.reg(), 0, int32(g.number()))
		case n == 14:
			g.emit(pick(g.pair, []uint8{0xd4, 0xdc}), g.reg(), 0, 0, pick(g.pair, []int32{16, 32, 64}))
		case n == 15:
			g.emit(pick(g.pair, []uint8{0x84, 0x87}), g.reg(), 0, 0, 0)
		case n == 16:
			g.pairAt()
		default:
			g.systemCall()
		}
	}
	end := len(g.code)
	for _, at := range jumps { // forward, or over one more instruction if the target would be the middle of one
		if to := at + 8*(1+g.rng.IntN(6)); to < end && g.code[to] != 0 {
			binary.LittleEndian.PutUint16(g.code[at+2:], uint16((to-at)/8-1))
		}
	}
	g.epilogue()
	if g.v3 {
		return sbpftest.V3(g.code, []byte("some read-only data of the program"))
	}
	return sbpftest.V0(g.code, g.calls...)
}

// epilogue logs registers and memory, calls a function and returns.
func (g *codeGen) epilogue() {
	for r := uint8(6); r < 10; r++ {
		g.emit(0x7b, 10, r, -8*int16(r), 0)
	}
	g.emit(0x7b, 10, 0, -8, 0)
	g.syscall("sol_log_64_")
	g.load(1, pick(g.pair, []uint64{sbpf.StackStart + 4096 - 300, sbpf.HeapStart, sbpf.InputStart}))
	g.emit(0xb7, 2, 0, 0, 300)
	g.syscall("sol_set_return_data")
	call := len(g.code)
	g.emit(0x85, 0, 1, 0, 2)
	if g.rng.IntN(6) > 0 {
		g.emit(0xb7, 0, 0, 0, 0)
	} else {
		g.emit(0x79, 0, 10, -8, 0)
	}
	g.emit(0x95, 0, 0, 0, 0)
	g.emit(0xbf, 0, 10, 0, 0) // the function
	g.emit(0x07, 6, 0, 0, 1)
	g.emit(0x95, 0, 0, 0, 0)
	if g.rng.IntN(30) == 0 {
		binary.LittleEndian.PutUint32(g.code[call+4:], uint32(math.MaxUint32)-uint32(g.rng.IntN(3))) // a loop
	}
}

func TestBytecode(t *testing.T) {
	g := &codeGen{pair: newPair(t, 6)}
	payer, owned, foreign := wallet("code", 0), wallet("code", 1), wallet("code", 2)
	g.fund(payer.PublicKey(), 1e15)
	for i := range transactions(t, 800) {
		id := wallet("program", i).PublicKey()
		g.deploy(id, g.program())
		g.set(owned.PublicKey(), svm.Account{Lamports: 1e9, Data: make([]byte, g.rng.IntN(100)), Owner: id, RentEpoch: math.MaxUint64})
		g.fund(foreign.PublicKey(), 1e9)
		in := instruction{program: id, data: make([]byte, g.rng.IntN(20))}
		for _, k := range []solana.PublicKey{owned.PublicKey(), foreign.PublicKey(), owned.PublicKey(), solana.SystemProgramID}[:g.rng.IntN(5)] {
			in.accounts = append(in.accounts, solana.NewAccountMeta(k, g.rng.IntN(3) > 0, false))
		}
		limit := instruction{program: svm.ComputeBudgetID, data: binary.LittleEndian.AppendUint32([]byte{2}, 5000+uint32(g.rng.IntN(20_000)))}
		g.send("bytecode", g.sign(payer, nil, limit, in))
	}
	g.report()
}

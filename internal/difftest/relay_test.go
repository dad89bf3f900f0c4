package difftest

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
)

// relayELF returns a program that is controlled by its instruction's data: it copies the data to the heap, makes up to
// two stores, invokes another program with pointers from the data, makes another store and logs the length of the
// return data.
//
// The data is an image of memory for the heap: eight words for the call (0: none, 1: C, 2: Rust; the five arguments;
// the length of the copy), then three pairs of address and value for stores, then whatever the pointers point to.
func relayELF() []byte {
	var code []byte
	var calls []sbpftest.Call
	emit := func(op, dst, src uint8, off int16, imm int32) {
		code = append(code, sbpftest.Insn(op, dst, src, off, imm)...)
	}
	syscall := func(name string) {
		calls = append(calls, sbpftest.Call{Index: len(code) / 8, Name: name})
		emit(0x85, 0, 1, 0, -1)
	}
	store := func(at int16) {
		emit(0x79, 8, 7, at, 0)
		emit(0x15, 8, 0, 2, 0)
		emit(0x79, 9, 7, at+8, 0)
		emit(0x7b, 8, 9, 0, 0)
	}
	emit(0x79, 3, 2, -8, 0) // the length of the data precedes it
	code = append(code, sbpftest.Lddw(7, sbpf.HeapStart)...)
	emit(0xbf, 1, 7, 0, 0)
	syscall("sol_memcpy_")
	store(relayStores)
	store(relayStores + 16)
	arguments := func() {
		for r := uint8(1); r <= 5; r++ {
			emit(0x79, r, 7, int16(r)*8, 0)
		}
	}
	emit(0x79, 6, 7, 0, 0)
	emit(0x55, 6, 0, 6, 1)
	arguments()
	syscall("sol_invoke_signed_c")
	emit(0x55, 6, 0, 6, 2)
	arguments()
	syscall("sol_invoke_signed_rust")
	store(relayStores + 32)
	emit(0xb7, 1, 0, 0, 0)
	emit(0xb7, 2, 0, 0, 0)
	syscall("sol_get_return_data")
	emit(0xbf, 1, 0, 0, 0)
	syscall("sol_log_64_")
	emit(0xbf, 1, 7, 0, 0)
	emit(0xb7, 2, 0, 0, 16)
	syscall("sol_set_return_data")
	emit(0xb7, 0, 0, 0, 0)
	emit(0x95, 0, 0, 0, 0)
	return sbpftest.V0(code, calls...)
}

// relayStores is the offset of the stores in the image, relayBody of what follows them.
const relayStores, relayBody = 64, 112

// relayGen generates instructions for relays.
type relayGen struct {
	*pair
	relays []solana.PublicKey
	keys   []solana.PublicKey // accounts: a payer who signs, others, the relays, the system program
}

// place holds the addresses of an account in a program's input.
type place struct {
	key                         solana.PublicKey
	keyAt, ownerAt, lamps, data uint64
	size                        int
}

// places lays out the accounts of an instruction as the runtime does. dataAt is the address of its data.
func (g *relayGen) places(metas []*solana.AccountMeta) (out []place, dataAt uint64) {
	at := uint64(sbpf.InputStart + 8)
	for i, m := range metas {
		dup := -1
		for j := range metas[:i] {
			if metas[j].PublicKey == m.PublicKey {
				dup = j
				break
			}
		}
		if dup >= 0 {
			out = append(out, out[dup])
			at += 8
			continue
		}
		a, _ := g.bank.Account(m.PublicKey)
		n := len(a.Data)
		out = append(out, place{m.PublicKey, at + 8, at + 40, at + 72, at + 88, n})
		at += 88 + uint64((n+7)&^7) + 10_240 + 8
	}
	return out, at + 8
}

// image is memory for the heap.
type image []byte

func (m *image) put(b ...byte) uint64 {
	for len(*m)%8 != 0 {
		*m = append(*m, 0)
	}
	at := sbpf.HeapStart + uint64(len(*m))
	*m = append(*m, b...)
	return at
}

func words(v ...uint64) (b []byte) {
	for _, w := range v {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

// spoilt returns v, rarely something else.
func (g *relayGen) spoilt(v uint64) uint64 {
	if g.rng.IntN(150) > 0 {
		return v
	}
	return pick(g.pair, []uint64{0, v + 1, v + 8, sbpf.HeapStart, sbpf.InputStart, sbpf.StackStart, math.MaxUint64, 20_000})
}

func b01(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// build makes the data for a relay that finds own accounts, to call another program with metas and data. seeds are
// for one signer, if any.
func (g *relayGen) build(own []place, program solana.PublicKey, metas []*solana.AccountMeta, data []byte, seeds [][]byte) []byte {
	m := make(image, relayBody)
	rust := g.rng.IntN(2) == 0
	kind := uint64(1)
	dataAt := m.put(data...)
	var list, infos []byte
	if rust {
		kind = 2
		for _, a := range metas {
			list = append(append(list, a.PublicKey[:]...), b01(a.IsSigner), b01(a.IsWritable))
		}
	} else {
		for _, a := range metas {
			k := append([]byte{}, a.PublicKey[:]...)
			list = append(append(list, words(g.spoilt(m.put(k...)))...), b01(a.IsWritable), b01(a.IsSigner), 0, 0, 0, 0, 0, 0)
		}
	}
	listAt := m.put(list...)
	var ixAt uint64
	if rust {
		ix := words(g.spoilt(listAt), uint64(len(metas)), uint64(len(metas)), g.spoilt(dataAt), uint64(len(data)), uint64(len(data)))
		ixAt = m.put(append(ix, program[:]...)...)
	} else {
		ixAt = m.put(words(g.spoilt(m.put(program[:]...)), g.spoilt(listAt), uint64(len(metas)), g.spoilt(dataAt), g.spoilt(uint64(len(data))))...)
	}
	count := uint64(0)
	for _, p := range own {
		if g.rng.IntN(40) == 0 {
			continue // a missing account info
		}
		count++
		lamports, at, size := g.spoilt(p.lamps), g.spoilt(p.data), g.spoilt(uint64(p.size))
		if rust {
			cell := m.put(words(1, 1, 0, lamports)...)
			slice := m.put(words(1, 1, 0, at, size)...)
			infos = append(infos, words(g.spoilt(p.keyAt), g.spoilt(cell), g.spoilt(slice), g.spoilt(p.ownerAt), 0, 0)...)
		} else {
			infos = append(infos, words(g.spoilt(p.keyAt), lamports, size, at, g.spoilt(p.ownerAt), 0, 0)...)
		}
	}
	infosAt := m.put(infos...)
	var parts []byte
	for _, s := range seeds {
		parts = append(parts, words(m.put(s...), uint64(len(s)))...)
	}
	seedsAt, seedsLen := m.put(words(m.put(parts...), uint64(len(seeds)))...), uint64(b01(len(seeds) > 0))
	copy(m, words(kind, g.spoilt(ixAt), g.spoilt(infosAt), g.spoilt(count), g.spoilt(seedsAt), g.spoilt(seedsLen)))
	g.stores(m, own)
	return m
}

// stores adds stores that the relay makes itself, before and after the call.
func (g *relayGen) stores(m image, own []place) {
	for i := range 3 {
		if g.rng.IntN(4) > 0 || len(own) == 0 {
			continue
		}
		p := pick(g.pair, own)
		a, _ := g.bank.Account(p.key)
		to, v := p.lamps, a.Lamports-pick(g.pair, []uint64{0, 0, 1, 1000})
		switch g.rng.IntN(5) {
		case 0:
			to, v = p.data, g.rng.Uint64()
		case 1:
			to, v = p.data-8, pick(g.pair, []uint64{0, 1, uint64(p.size) + 8, uint64(p.size) + 10_240, uint64(p.size) + 10_241, 20_000})
		case 2:
			to, v = p.ownerAt, 0
		case 3:
			to, v = p.data+uint64(p.size), 77
		}
		copy(m[relayStores+16*i:], words(to, v))
	}
}

// next returns an instruction for a relay that calls the system program, another relay or itself.
func (g *relayGen) next() instruction {
	in := instruction{program: pick(g.pair, g.relays)}
	kind := g.rng.IntN(4)
	target := pick(g.pair, g.relays)
	if kind == 1 {
		target = in.program
	} else if kind > 1 {
		target = solana.SystemProgramID
	}
	for _, k := range g.keys {
		chance := 35 // percent: few accounts fit a transaction
		if k == target {
			chance = 95
		} else if k == g.keys[0] {
			chance = 70
		}
		if g.rng.IntN(100) < chance {
			in.accounts = append(in.accounts, solana.NewAccountMeta(k, k != target && g.rng.IntN(12) > 0, k == g.keys[0]))
		}
	}
	g.rng.Shuffle(len(in.accounts), func(i, j int) { in.accounts[i], in.accounts[j] = in.accounts[j], in.accounts[i] })
	if g.rng.IntN(5) == 0 && len(in.accounts) > 0 {
		in.accounts = append(in.accounts, in.accounts[0])
	}
	own, dataAt := g.places(in.accounts)
	var callee []*solana.AccountMeta
	pda, bump, _ := solana.FindProgramAddress([][]byte{[]byte("relay")}, in.program)
	for _, m := range in.accounts {
		if g.rng.IntN(4) > 0 && m.PublicKey != target {
			signer := m.IsSigner || m.PublicKey == pda || g.rng.IntN(80) == 0
			callee = append(callee, solana.NewAccountMeta(m.PublicKey, m.IsWritable && g.rng.IntN(6) > 0 || g.rng.IntN(80) == 0, signer))
		}
	}
	seeds := [][]byte{[]byte("relay"), {bump}}
	if g.rng.IntN(20) == 0 {
		seeds = seeds[:1]
	}
	switch kind {
	case 0: // a relay that calls no program
		inner := make(image, relayBody)
		theirs, _ := g.places(callee)
		if g.rng.IntN(3) == 0 { // or one that calls back
			inner = g.build(theirs, in.program, nil, nil, nil)
		}
		g.stores(inner, theirs)
		in.data = g.build(own, target, callee, inner, seeds)
	case 1: // itself, with the same data, recursively
		in.data = g.build(own, in.program, in.accounts, nil, nil)
		ix := binary.LittleEndian.Uint64(in.data[8:]) - sbpf.HeapStart
		if ix < uint64(len(in.data))-48 {
			length := 32
			if in.data[0] == 2 {
				length = 40
			}
			copy(in.data[ix+24:], words(dataAt))
			copy(in.data[ix+uint64(length):], words(uint64(len(in.data))))
		}
	default: // the system program
		data := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, pick(g.pair, []uint32{2, 8})), uint64(g.rng.IntN(3000)))
		if g.rng.IntN(3) == 0 {
			data = append(words(0)[:4], append(words(2_000_000, uint64(g.rng.IntN(200))), in.program[:]...)...)
		}
		in.data = g.build(own, solana.SystemProgramID, callee, data, seeds)
	}
	return in
}

func TestCrossProgramInvocation(t *testing.T) {
	g := &relayGen{pair: newPair(t, 7)}
	payer, other := wallet("relay payer", 0), wallet("relay other", 0)
	g.keys = []solana.PublicKey{payer.PublicKey(), other.PublicKey()}
	for i := range 2 {
		id := wallet("relay", i).PublicKey()
		g.relays = append(g.relays, id)
		g.deploy(id, relayELF())
		pda, _, _ := solana.FindProgramAddress([][]byte{[]byte("relay")}, id)
		g.keys = append(g.keys, pda, wallet("relay data", i).PublicKey())
	}
	g.keys = append(append(g.keys, g.relays...), solana.SystemProgramID)
	for i := range transactions(t, 1000) {
		if i%5 == 0 {
			g.fund(payer.PublicKey(), 1e12)
			g.fund(other.PublicKey(), 1e9)
			for j, id := range g.relays {
				pda, _, _ := solana.FindProgramAddress([][]byte{[]byte("relay")}, id)
				g.fund(pda, pick(g.pair, []uint64{0, 1e9, 1e9}))
				g.set(wallet("relay data", j).PublicKey(), svm.Account{Lamports: 1e9, Data: make([]byte, g.rng.IntN(60)), Owner: id, RentEpoch: math.MaxUint64})
			}
		}
		g.send("relay", g.sign(payer, []solana.PrivateKey{payer}, g.next()))
	}
	g.report()
}

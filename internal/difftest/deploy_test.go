package difftest

import (
	"encoding/binary"
	"testing"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
)

// deployGen generates transactions for the upgradeable loader: deploy, upgrade, set authority, extend and close, in any
// order and also with wrong accounts.
type deployGen struct {
	*pair
	payer, other       solana.PrivateKey
	buffers, programs  []solana.PrivateKey
	authorities, every []solana.PrivateKey
}

var loader = svm.UpgradeableLoaderID

// small returns a program that returns n.
func small(n int32) []byte {
	return sbpftest.V3(append(sbpftest.Insn(0xb7, 0, 0, 0, n), sbpftest.Exit()...), nil)
}

func (g *deployGen) create(key solana.PublicKey, lamports, space uint64) instruction {
	d := binary.LittleEndian.AppendUint32(nil, 0)
	d = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(d, lamports), space)
	return instruction{solana.SystemProgramID, []*solana.AccountMeta{ws(g.payer.PublicKey()), ws(key)}, append(d, loader[:]...)}
}

func tag(n uint32) args { return args{}.u32(n) }

// next returns a transaction's instructions.
func (g *deployGen) next() (string, []instruction) {
	buf, prog := pick(g.pair, g.buffers).PublicKey(), pick(g.pair, g.programs).PublicKey()
	auth, next := pick(g.pair, g.authorities).PublicKey(), pick(g.pair, g.authorities).PublicKey()
	data := svm.ProgramDataAddress(prog)
	rent, clock := ro(solana.SysVarRentPubkey), ro(solana.SysVarClockPubkey)
	on := func(a args, metas ...*solana.AccountMeta) instruction { return instruction{loader, metas, a} }
	elf := small(int32(g.rng.IntN(3)))
	size := uint64(len(elf))
	switch g.rng.IntN(14) {
	case 0, 1: // a complete buffer
		return "buffer", []instruction{
			g.create(buf, svm.RentExempt(37+int(size))+uint64(g.rng.IntN(2))*1e8, 37+size), on(tag(0), rw(buf), ro(auth)),
			on(append(tag(1).u32(0).u64(size), elf...), rw(buf), sg(auth)),
		}
	case 2:
		n := g.rng.IntN(30)
		return "write", []instruction{on(append(tag(1).u32(uint32(g.rng.IntN(300))).u64(uint64(n)), make([]byte, n)...), rw(buf), sg(auth))}
	case 3, 4, 5:
		most := size + uint64(g.rng.IntN(3)*50)
		if g.rng.IntN(15) == 0 {
			most = pick(g.pair, []uint64{0, size - 1, 10 << 20, 1 << 62})
		}
		return "deploy", []instruction{g.create(prog, svm.RentExempt(36), 36), on(tag(2).u64(most), ws(g.payer.PublicKey()), rw(data), rw(prog), rw(buf),
			rent, clock, sysMeta(), sg(auth))}
	case 6, 7:
		return "upgrade", []instruction{on(tag(3), rw(data), rw(prog), rw(buf), rw(g.other.PublicKey()), rent, clock, sg(auth))}
	case 8:
		target := pick(g.pair, []solana.PublicKey{data, buf, prog})
		metas := []*solana.AccountMeta{rw(target), sg(auth), ro(next)}
		if g.rng.IntN(8) == 0 {
			metas = metas[:2]
		}
		return "set authority", []instruction{on(tag(4), metas...)}
	case 9:
		return "set authority checked", []instruction{on(tag(7), rw(pick(g.pair, []solana.PublicKey{data, buf})), sg(auth), sg(next))}
	case 10:
		if g.rng.IntN(3) == 0 {
			return "close program", []instruction{on(tag(5), rw(data), rw(g.other.PublicKey()), sg(auth), rw(prog))}
		}
		return "close", []instruction{on(tag(5), rw(pick(g.pair, []solana.PublicKey{buf, prog, g.other.PublicKey()})), rw(g.payer.PublicKey()), sg(auth))}
	case 11:
		more := pick(g.pair, []uint32{0, 100, 10_240, 10_240, 20_000, 1 << 31})
		if g.rng.IntN(250) == 0 {
			more = 10<<20 - 1000 // nearly the largest account: slow to compare
		}
		return "extend", []instruction{on(tag(6).u32(more), rw(data), rw(prog), sysMeta(), ws(g.payer.PublicKey()))}
	case 12:
		return "unknown", []instruction{on(tag(uint32(g.rng.IntN(20))), rw(buf), sg(auth))}
	}
	return "call", []instruction{{prog, []*solana.AccountMeta{rw(prog)}, nil}}
}

func TestUpgradeableLoader(t *testing.T) {
	g := &deployGen{pair: newPair(t, 11), payer: wallet("payer", 0), other: wallet("spill", 0)}
	for i := range 3 {
		g.buffers = append(g.buffers, wallet("buffer", i))
		g.programs = append(g.programs, wallet("deployed", i))
	}
	g.authorities = []solana.PrivateKey{wallet("authority", 0), wallet("authority", 0), wallet("authority", 0), wallet("authority", 1)}
	for i := range transactions(t, 800) {
		if i%25 == 0 {
			g.fund(g.payer.PublicKey(), 1e13)
			g.fund(g.other.PublicKey(), 1e9)
			for j := range g.programs { // make room for new ones; litesvm never drops a program, so keys must be new
				if g.rng.IntN(3) == 0 {
					g.programs[j] = wallet("deployed", 1000+3*i+j)
					g.fund(g.buffers[j].PublicKey(), 0)
				}
			}
			g.every = append(append(append([]solana.PrivateKey{g.payer, g.other}, g.buffers...), g.programs...), g.authorities...)
		}
		what, ixs := g.next()
		if g.rng.IntN(4) == 0 {
			g.spoil(&ixs[len(ixs)-1])
		}
		list := make([]solana.Instruction, len(ixs))
		for i, in := range ixs {
			list[i] = in
		}
		res := g.send(what, g.sign(g.payer, g.every, list...))
		if what == "close program" && res.Err == nil {
			g.retire(ixs[0].accounts[3].PublicKey, i)
		}
	}
	g.report()
}

// retire replaces a closed program by a new key: litesvm still runs closed programs, a cluster does not.
func (g *deployGen) retire(k solana.PublicKey, i int) {
	for j := range g.programs {
		if g.programs[j].PublicKey() == k {
			g.programs[j] = wallet("after closing", 10*i+j)
			g.every = append(g.every, g.programs[j])
		}
	}
}

// spoil makes an instruction invalid.
func (g *deployGen) spoil(in *instruction) {
	i := g.rng.IntN(len(in.accounts))
	m := in.accounts[i]
	switch g.rng.IntN(6) {
	case 0:
		m.PublicKey = pick(g.pair, g.every).PublicKey()
	case 1:
		m.PublicKey = in.accounts[g.rng.IntN(len(in.accounts))].PublicKey
	case 2:
		m.IsWritable = !m.IsWritable
	case 3:
		m.IsSigner = false
	case 4:
		in.accounts = in.accounts[:i]
	default:
		in.data = in.data[:g.rng.IntN(len(in.data)+1)]
	}
	for _, m := range in.accounts {
		known := false
		for _, w := range g.every {
			known = known || w.PublicKey() == m.PublicKey
		}
		m.IsSigner = m.IsSigner && known
	}
}

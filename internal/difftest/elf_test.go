package difftest

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/litesvm"
	roundprogram "github.com/decloud-sdk/decloud-go/internal/program/round"
	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
)

// mutate changes a few bytes of an ELF file, mostly in its tables.
func (p *pair) mutate(elf []byte) []byte {
	out := bytes.Clone(elf)
	le := binary.LittleEndian
	headers := int(le.Uint64(elf[40:])) // section headers
	for range 1 + p.rng.IntN(3) {
		at := p.rng.IntN(len(out))
		switch p.rng.IntN(4) {
		case 0:
			at = p.rng.IntN(min(len(out), 64+3*56))
		case 1, 2:
			if headers > 0 && headers < len(out) {
				at = headers + p.rng.IntN(len(out)-headers)
			}
		}
		switch p.rng.IntN(4) {
		case 0:
			out[at] ^= 1 << p.rng.IntN(8)
		case 1:
			out[at] = byte(p.rng.IntN(256))
		case 2:
			out[at] += byte(p.rng.IntN(17)) - 8
		case 3:
			at &^= 7
			if at+8 <= len(out) {
				le.PutUint64(out[at:], pick(p, []uint64{0, 1, 8, uint64(len(out)), uint64(len(out)) - 8, 1 << 32, 1 << 63, ^uint64(0), uint64(p.rng.IntN(len(out)))}))
			}
		}
	}
	if p.rng.IntN(20) == 0 {
		out = out[:p.rng.IntN(len(out))]
	}
	return out
}

// TestLoader loads damaged ELF files on both chains. litesvm must accept what the local chain accepts, and both must
// run it alike. The local chain may be stricter: it applies the rules for deploying, such as that every symbol is
// known, which litesvm does not.
func TestLoader(t *testing.T) {
	p := newPair(t, 10)
	payer := wallet("loader", 0)
	p.fund(payer.PublicKey(), 1e15)
	good := [][]byte{
		roundprogram.ELF(), p.elfOf(memoID), p.elfOf(memo1ID),
		sbpftest.V0(append(sbpftest.Insn(0x85, 0, 1, 0, -1), sbpftest.Exit()...), sbpftest.Call{Name: "sol_log_compute_units_"}),
		sbpftest.V3(append(sbpftest.Insn(0xb7, 0, 0, 0, 0), sbpftest.Exit()...), []byte("read-only")),
	}
	for i := range transactions(t, 800) {
		elf := p.mutate(good[i%len(good)])
		key := wallet("loaded", i).PublicKey()
		p.o.call(litesvm.Request{Op: "clock", Clock: litesvm.ClockOf(p.bank.Clock())})
		ours := p.bank.AddProgram(key, elf)
		theirs := p.o.call(litesvm.Request{Op: "program", Key: key[:], ELF: elf}).Err
		switch {
		case ours == nil && theirs != "":
			t.Fatalf("litesvm refuses what the local chain accepts: %s\n%x", theirs, elf)
		case ours != nil && theirs == "":
			rule := regexp.MustCompile("not at its file offset|unresolved symbol|overlap|version [12] is not supported").FindString(ours.Error())
			require.NotEmpty(t, rule, "litesvm takes what the local chain refuses: %v\n%x", ours, elf)
			p.cells["stricter\t"+rule]++
		case ours != nil:
			p.cells["refused\t"]++
		default:
			limit := instruction{program: svm.ComputeBudgetID, data: binary.LittleEndian.AppendUint32([]byte{2}, 30_000)}
			p.send("ran", p.sign(payer, nil, limit, instruction{key, []*solana.AccountMeta{ws(payer.PublicKey())}, []byte("hello")}))
		}
	}
	p.report()
}

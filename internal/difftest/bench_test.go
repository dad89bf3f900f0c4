package difftest

import (
	"math"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/litesvm"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// scenario signs the transactions of a whole round: create and configure, prevalidate, submit, postvalidate, finalize,
// three claims and the withdrawal of the remainder.
func scenario(g *roundGen, id uint64, first bool) [][]byte {
	creator, trainer, validator := g.creators[0], g.trainers[0], g.validators[0]
	ck, tk, vk := creator.PublicKey(), trainer.PublicKey(), validator.PublicKey()
	round, vault := roundPDA(id), vaultPDA(id)
	grad, pre, post := gradientPDA(id, tk), prePDA(id, vk), postPDA(id, tk, vk)
	options := call("configure_round").u64(id).i64(g.bank.UnixTime() + 7200).i64(0).i64(600).i64(1800).u8(1).u8(1).u64(0).u8(0).u8(0)
	submit := []instruction{ix(call("submit_gradient").u64(id).str(goodCID[:58]+"a"), rw(round), ro(profilePDA(tk)), rw(grad), ws(tk), sysMeta())}
	if first {
		submit = append([]instruction{ix(call("create_trainer_profile"), rw(profilePDA(tk)), ws(tk), sysMeta())}, submit...)
	}
	var wires [][]byte
	add := func(by solana.PrivateKey, ixs ...instruction) {
		list := make([]solana.Instruction, len(ixs))
		for i := range ixs {
			list[i] = ixs[i]
		}
		raw, err := g.sign(by, nil, list...).MarshalBinary()
		require.NoError(g.t, err)
		wires = append(wires, raw)
	}
	add(creator, ix(call("create_round").u64(id).str(goodCID).u8(1).u64(1e9).u16(100), rw(counterPDA()), rw(round), rw(vault), ws(ck), sysMeta()),
		ix(options, rw(round), sg(ck)))
	add(validator, ix(call("prevalidate").u64(id).u32(8000), rw(round), ro(stakePDA(vk)), rw(pre), ws(vk), sysMeta()))
	add(trainer, submit...)
	add(validator, ix(call("postvalidate").u64(id).u32(8512), rw(round), ro(stakePDA(vk)), rw(grad), rw(post), ws(vk), sysMeta()))
	add(creator, ix(call("finalize_round").u64(id), rw(round), sg(ck)))
	add(trainer, ix(call("claim_trainer").u64(id), ro(round), rw(grad), rw(profilePDA(tk)), rw(vault), rw(treasury), ws(tk), sysMeta()))
	add(validator, ix(call("claim_validator_pre").u64(id), ro(round), rw(pre), rw(vault), rw(treasury), ws(vk), sysMeta()))
	add(validator, ix(call("claim_validator_post").u64(id), ro(round), rw(post), rw(vault), rw(treasury), ws(vk), sysMeta()))
	add(creator, ix(call("withdraw_remainder").u64(id), ro(round), rw(vault), ws(ck), sysMeta()))
	return wires
}

// BenchmarkScenario runs whole rounds on the local chain and on litesvm, with the same signed bytes in one run, and
// reports rounds per second: the local chain's, litesvm's, and the local chain's without and with only signature
// verification.
func BenchmarkScenario(b *testing.B) {
	g := newRoundGenOn(newPairOn(b, 1, svm.Config{SlotTime: -1, StartSlot: 1000, SlotTransactions: math.MaxInt}))
	for _, w := range g.all {
		g.fund(w.PublicKey(), 1e17)
	}
	init := g.initialize()
	g.run(init)
	var wires [][]byte
	for i := range b.N {
		wires = append(wires, scenario(g, uint64(i), i == 0)...)
	}
	beside(b, g, wires, "rounds/s")
}

// BenchmarkTransfers is BenchmarkScenario with transfers of lamports, which are all signature and hardly any program. It
// sends as many again from all cores at once, which verify signatures side by side.
func BenchmarkTransfers(b *testing.B) {
	g := newRoundGenOn(newPairOn(b, 1, svm.Config{SlotTime: -1, StartSlot: 1000, SlotTransactions: math.MaxInt}))
	from := g.creators[0]
	g.fund(from.PublicKey(), 1e17)
	wires := make([][]byte, 2*b.N)
	for i := range wires {
		raw, err := g.sign(from, nil, system.NewTransferInstruction(1_000_000+uint64(i), from.PublicKey(), treasury).Build()).MarshalBinary()
		require.NoError(b, err)
		wires[i] = raw
	}
	beside(b, g, wires[:b.N], "tx/s")
	next := make(chan []byte, b.N)
	for _, w := range wires[b.N:] {
		next <- w
	}
	close(next)
	var senders sync.WaitGroup
	start := time.Now()
	for range runtime.GOMAXPROCS(0) {
		senders.Go(func() {
			for w := range next {
				if res := g.bank.Process(w); res.Err != nil {
					b.Error(res.Err)
				}
			}
		})
	}
	senders.Wait()
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "all-cores-tx/s")
}

// beside runs the same transactions here and in litesvm, and reports how many of what they make, b.N, there are a second.
func beside(b *testing.B, g *roundGen, wires [][]byte, unit string) {
	b.Helper()
	b.ResetTimer()
	start := time.Now()
	for i, w := range wires {
		if res := g.bank.Process(w); res.Err != nil {
			b.Fatal(i, res.Err, res.Logs)
		}
	}
	whole := time.Since(start)
	b.StopTimer()
	start = time.Now()
	for _, w := range wires {
		var sig solana.Signature
		copy(sig[:], w[1:65])
		if !sig.Verify(solana.PublicKey(w[69:101]), w[65:]) {
			b.Fatal("wrong signature")
		}
	}
	verify := time.Since(start)
	r := g.o.call(litesvm.Request{Op: "replay", Keys: wires})
	require.Empty(b, r.Err, "litesvm")
	ns, err := strconv.ParseInt(r.Units, 10, 64)
	require.NoError(b, err)
	per := func(d time.Duration) float64 { return float64(b.N) / d.Seconds() }
	b.ReportMetric(per(whole), unit)
	b.ReportMetric(per(verify), "verify-only/s")
	b.ReportMetric(per(whole-verify), "without-verify/s")
	b.ReportMetric(per(time.Duration(ns)), "litesvm/s")
}

// BenchmarkExecute runs the transactions of rounds without signature verification: parsing, the virtual machine, the
// ledger's rules, but no commit.
func BenchmarkExecute(b *testing.B) {
	g := newRoundGenOn(newPairOn(b, 1, svm.Config{SlotTime: -1, StartSlot: 1000, SlotTransactions: math.MaxInt}))
	g.run(g.initialize())
	wires := scenario(g, 0, true)
	for _, w := range wires[:2] {
		require.Nil(b, g.bank.Process(w).Err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	units := uint64(0)
	for b.Loop() {
		res := g.bank.Simulate(wires[2], svm.SimulateOptions{})
		if res.Err != nil {
			b.Fatal(res.Err)
		}
		units += res.ComputeUnits
	}
	b.ReportMetric(float64(units)/float64(b.N), "CU/op")
}

package round_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
)

// Where a program finds the lamports and the data of its first account, and the lamports of its second one where the first
// is a round.
const (
	firstLamports, firstSize, firstData = 8 + 72, 8 + 80, 8 + 88
	secondLamports                      = 8 + 88 + sizeRound + 10_240 + 8 + 72
)

// TestEdgeFuzzSeesFaults puts bad programs in the program's place: the fuzzer must object to every one.
func TestEdgeFuzzSeesFaults(t *testing.T) {
	a := newArena(t)
	f := newFuzzer(a, 1)
	var in sbpftestCode
	world := -1
	for i, w := range a.worlds {
		if w.name == "game 0, scored" {
			world = i
		}
	}
	require.GreaterOrEqual(t, world, 0)
	exit := in.add(0x95, 0, 0, 0, 0)
	back := func(result int32) sbpftestCode { return in.add(0xb7, 0, 0, 0, result).then(exit) }
	add := func(at int16, n int32) sbpftestCode {
		return in.add(0x79, 2, 1, at, 0).add(0x07, 2, 0, 0, n).add(0x7b, 1, 2, at, 0)
	}
	set := func(at int16, v int32) sbpftestCode { return in.add(0x72, 1, 0, at, v) }
	cases := []struct {
		name string
		code sbpftestCode
		want string
	}{
		{"does nothing", back(0), ""},
		{"an error of its own", back(6003), ""},
		{"an error that nobody knows", back(6041), "fault"},
		{"an error of the runtime", in.add(0x18, 0, 0, 0, 0).add(0, 0, 0, 0, 2).then(exit), "fault"},
		{"divides by zero", in.add(0xb7, 2, 0, 0, 0).add(0x3f, 0, 2, 0, 0).then(exit), "200000 compute units"},
		{"runs for ever", in.add(0x05, 0, 0, -1, 0).then(exit), "200000 compute units"},
		{"runs for long", in.add(0xb7, 2, 0, 0, 20_000).add(0x17, 2, 0, 0, 1).add(0x55, 2, 0, -2, 0).then(back(0)), "compute units"},
		{"reads where nothing is", in.add(0x79, 2, 0, 0, 0).then(exit), "200000 compute units"},
		{"calls itself for ever", in.add(0x85, 0, 1, 0, -1).then(exit), "200000 compute units"},
		{"makes lamports", add(firstLamports, 1).then(back(0)), "fault"},
		{"takes a wallet's lamports", add(firstLamports, 1).then(add(secondLamports, -1)).then(back(0)), "fault"},
		{"gives lamports away", add(firstLamports, -1).then(add(secondLamports, 1)).then(back(0)), "unbooked"},
		{"writes the creator", set(firstData+16, 1).then(back(0)), "bytes 0 to 132"},
		{"opens a slot too many", set(firstData+133, 25).then(back(0)), "impossible"},
		{"forgets a score", set(firstData+133, 0).then(back(0)), "fell"},
		{"makes it another type", set(firstData, 0).then(back(0)), "bytes 0 to 132"},
		{"makes it longer", add(firstSize, 8).then(back(0)), "size changed"},
		{"takes its rent", add(firstLamports, -200_000).then(add(secondLamports, 200_000)).then(back(0)), "funds for rent"},
		{"makes it shorter", add(firstSize, -8).then(back(0)), "size changed"},
		{"closes it on its own", set(firstSize, 0).then(set(firstSize+1, 0)).then(back(0)), "size changed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			round, wallet := a.name(a.round(0)), a.name(a.pub("eve"))
			gift := fuzzGift{round, 100_000} // beyond its rent
			entry := fuzzInput{World: world, Steps: []fuzzStep{{Gifts: []fuzzGift{gift}, Calls: []fuzzCall{{Data: []byte("12345678"), Refs: []fuzzRef{newRef(round, true, false), newRef(wallet, true, false)}}}}}}
			f.prepare(entry)
			require.NoError(t, a.bank.AddProgram(a.id, sbpftest.V0(c.code)))
			_, ok, err := f.run(entry)
			require.True(t, ok)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

// TestEdgeFuzzSeesWrongBooks spoils the outcome of claims that worked.
func TestEdgeFuzzSeesWrongBooks(t *testing.T) {
	a := newArena(t)
	f := newFuzzer(a, 1)
	claims := 0
	for w := range a.worlds {
		for _, k := range a.models {
			in := fuzzInput{World: w, Steps: []fuzzStep{{Calls: []fuzzCall{k}}}}
			if outcome := f.outcomeOf(k, nil); f.names[outcome.instruction] != "claim_trainer" {
				continue
			}
			f.prepare(in)
			res, ok, err := f.run(in)
			require.True(t, ok)
			require.NoError(t, err)
			key := a.account(k.Refs[3])
			vault := res.PostAccounts[key]
			if res.Err != nil || len(vault.Data) != sizeVault {
				continue
			}
			claims++
			spoil := func(change func(account), want string) {
				other := vault.Clone()
				change(other.Data)
				res.PostAccounts[key] = other
				require.ErrorContains(t, f.judge(&f.wire, in.last().Calls, &res, f.was), want)
			}
			spoil(func(v account) { v[16]++ }, "")                 // paid more than went out
			spoil(func(v account) { v[57], v[58] = 255, 255 }, "") // claims that nobody has
			spoil(func(v account) { v[8]++ }, "bytes 0 to 16")
		}
	}
	require.Greater(t, claims, 5)
}

// sbpftestCode is byte code.
type sbpftestCode []byte

func (c sbpftestCode) add(op, dst, src uint8, off int16, imm int32) sbpftestCode {
	return c.then(sbpftest.Insn(op, dst, src, off, imm))
}

func (c sbpftestCode) then(more []byte) sbpftestCode {
	return append(append(sbpftestCode(nil), c...), more...)
}

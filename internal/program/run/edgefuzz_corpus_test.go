package run_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
)

// An input is a transaction in a scene, after some time.
type input struct {
	scene   int
	seconds int64
	slots   uint64
	calls   []programtest.Call
}

// An entry is an input as the corpus has it: accounts are places in the arena's pool.
type entry struct {
	Scene   int         `json:"scene"`
	Seconds int64       `json:"seconds,omitempty"`
	Slots   uint64      `json:"slots,omitempty"`
	Calls   []entryCall `json:"calls"`
}

type entryCall struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
	Refs []int  `json:"refs"` // place in the pool times 4, 2 where it signs, 1 where it may be written
}

func (a *arena) pack(in input) entry {
	out := entry{in.scene, in.seconds, in.slots, nil}
	for _, k := range in.calls {
		c := entryCall{Name: k.Name, Data: k.Data}
		for _, m := range k.Metas {
			ref := a.place[m.PublicKey] << 2
			if m.IsSigner {
				ref |= 2
			}
			if m.IsWritable {
				ref |= 1
			}
			c.Refs = append(c.Refs, ref)
		}
		out.Calls = append(out.Calls, c)
	}
	return out
}

func (a *arena) unpack(e entry) input {
	out := input{e.Scene, e.Seconds, e.Slots, nil}
	for _, c := range e.Calls {
		k := programtest.Call{Name: c.Name, Data: c.Data}
		for _, ref := range c.Refs {
			k.Metas = append(k.Metas, solana.NewAccountMeta(a.pool[(ref>>2)%len(a.pool)], ref&1 > 0, ref&2 > 0))
		}
		out.calls = append(out.calls, k)
	}
	return out
}

// readCorpus reads the inputs of the committed corpus whose scenes are there.
func (a *arena) readCorpus(t testing.TB) (out []input) {
	for _, e := range programtest.ReadCorpus[entry](t) {
		require.NotEmpty(t, e.Calls)
		if e.Scene < len(a.scenes) {
			out = append(out, a.unpack(e))
		}
	}
	return out
}

func (f *fuzzer) writeCorpus(t testing.TB) {
	var corpus []entry
	for _, in := range f.minimized() {
		corpus = append(corpus, f.pack(in))
	}
	programtest.WriteCorpus(t, corpus)
}

// minimized returns inputs, short ones first, that together take all edges that the corpus takes, and end in all its ways.
func (f *fuzzer) minimized() []input {
	size := func(in input) (n int) {
		for _, k := range in.calls {
			n += len(k.Data) + 8*len(k.Metas) + 50
		}
		return n
	}
	all := slices.Clone(f.corpus)
	slices.SortStableFunc(all, func(x, y input) int { return cmp.Compare(size(x), size(y)) })
	g := newFuzzer(f.arena, 0)
	g.coarse = true
	for _, in := range all {
		g.try(in)
	}
	return g.corpus
}

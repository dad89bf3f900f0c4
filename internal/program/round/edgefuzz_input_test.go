package round_test

import (
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A fuzzInput is one entry of the corpus: a world, steps that happen there, and a last step that is looked at.
type fuzzInput struct {
	World int        `json:"world"`
	Steps []fuzzStep `json:"steps"`
}

// A fuzzStep is a transaction and what happens before it: time goes by, and balances change as anybody may change them.
type fuzzStep struct {
	Skew  int64      `json:"skew,omitempty"` // seconds
	Gifts []fuzzGift `json:"gifts,omitempty"`
	Calls []fuzzCall `json:"calls"`
}

// A fuzzGift adds to an account's lamports; of a wallet it makes them all there is.
type fuzzGift struct {
	Place    int    `json:"place"`
	Lamports uint64 `json:"lamports"`
}

// A fuzzCall is one instruction for the program.
type fuzzCall struct {
	Data []byte    `json:"data"`
	Refs []fuzzRef `json:"refs"`
}

// A fuzzRef names an account: its place in the pool times 4, 2 where it signs, 1 where it may be written.
type fuzzRef uint16

func newRef(place int, writable, signer bool) fuzzRef {
	r := fuzzRef(place) << 2
	if signer {
		r |= 2
	}
	if writable {
		r |= 1
	}
	return r
}

func (r fuzzRef) place() int              { return int(r >> 2) }
func (r fuzzRef) with(place int) fuzzRef  { return fuzzRef(place)<<2 | r&3 }
func (in fuzzInput) last() *fuzzStep      { return &in.Steps[len(in.Steps)-1] }
func (in fuzzInput) before() []fuzzStep   { return in.Steps[:len(in.Steps)-1] }
func (a *arena) worldOf(in fuzzInput) int { return max(in.World, 0) % len(a.worlds) }

func (in fuzzInput) clone() fuzzInput {
	in.Steps = slices.Clone(in.Steps)
	for i := range in.Steps {
		s := &in.Steps[i]
		s.Gifts, s.Calls = slices.Clone(s.Gifts), slices.Clone(s.Calls)
		for j := range s.Calls {
			s.Calls[j] = s.Calls[j].clone()
		}
	}
	return in
}

func (k fuzzCall) clone() fuzzCall { return fuzzCall{slices.Clone(k.Data), slices.Clone(k.Refs)} }

// A wire writes transactions, without signatures that hold.
type wire struct {
	keys   []solana.PublicKey
	flags  []fuzzRef // of keys
	index  map[solana.PublicKey]int
	number []byte // of keys, in the order of the message
	out    []byte
}

// build returns a transaction of these calls in its wire form, which the next call overwrites, or nil where it is too
// large. Who signs in one call signs in all of them.
func (a *arena) build(w *wire, calls []fuzzCall) []byte {
	if w.index == nil {
		w.index = map[solana.PublicKey]int{}
	}
	clear(w.index)
	w.keys, w.flags = w.keys[:0], w.flags[:0]
	add := func(key solana.PublicKey, flags fuzzRef) {
		if i, ok := w.index[key]; ok {
			w.flags[i] |= flags
			return
		}
		w.index[key] = len(w.keys)
		w.keys, w.flags = append(w.keys, key), append(w.flags, flags)
	}
	add(a.payer, 3)
	for _, k := range calls {
		for _, r := range k.Refs {
			key, flags := a.account(r), r&3
			if !a.wallets[key] {
				flags &= 1 // nobody can sign for it
			}
			add(key, flags)
		}
	}
	add(a.id, 0)
	if len(w.keys) > 64 {
		return nil
	}
	return w.write(calls, a)
}

func (a *arena) account(r fuzzRef) solana.PublicKey { return a.pool[r.place()%len(a.pool)] }

func (w *wire) write(calls []fuzzCall, a *arena) []byte {
	w.number = append(w.number[:0], make([]byte, len(w.keys))...)
	var counts [4]int
	at := byte(0)
	for _, class := range []fuzzRef{3, 2, 1, 0} {
		for i, f := range w.flags {
			if f == class {
				w.number[i] = at
				at++
				counts[class]++
			}
		}
	}
	signers := counts[3] + counts[2]
	out := append(w.out[:0], byte(signers))
	out = append(out, make([]byte, 64*signers)...)
	out = append(out, byte(signers), byte(counts[2]), byte(counts[0]), byte(len(w.keys)))
	keysAt := len(out)
	out = append(out, make([]byte, 32*len(w.keys)+32)...)
	for i, key := range w.keys {
		copy(out[keysAt+32*int(w.number[i]):], key[:])
	}
	out = append(out, byte(len(calls)))
	for _, k := range calls {
		out = append(out, w.number[w.index[a.id]])
		out = compact(out, len(k.Refs))
		for _, r := range k.Refs {
			out = append(out, w.number[w.index[a.account(r)]])
		}
		out = append(compact(out, len(k.Data)), k.Data...)
	}
	if w.out = out; len(out) > svm.MaxTransaction {
		return nil
	}
	return out
}

// signed reports whether an account signed.
func (w *wire) signed(key solana.PublicKey) bool {
	i, ok := w.index[key]
	return ok && w.flags[i]&2 != 0
}

// compact appends a compact-u16.
func compact(out []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}

package chain

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/gagliardetto/solana-go"
)

// trace is what shows whether a transaction has landed, of the accounts that only it
// is likely to change: which of those that it writes exist, and what its signers have.
// What else it writes may be shared, such as a round's account, which everybody who
// takes part in the round writes, and says nothing.
type trace struct {
	exists []bool   // the accounts that are written, other than those that sign
	purses []uint64 // lamports of the accounts that sign, other than the wallet
	wallet uint64   // lamports
	busy   beat     // what else the wallet is doing
}

// trace reads what is now of that of the instructions' accounts.
func (c *Client) trace(ctx context.Context, instructions []solana.Instruction) (t trace, err error) {
	written, signing := c.written(instructions), signingOf(instructions)
	t.busy = c.busy.now()
	found, err := c.AccountParts(ctx, Part{Length: 1}, slices.Concat([]solana.PublicKey{c.Wallet()}, written)...)
	if err != nil {
		return trace{}, err
	}
	t.wallet = found[0].Lamports
	for _, a := range found[1:] {
		if slices.Contains(signing, a.Address) {
			t.purses = append(t.purses, a.Lamports)
		} else {
			t.exists = append(t.exists, a.Lamports > 0)
		}
	}
	return t, nil
}

// signingOf are the accounts that must sign.
func signingOf(instructions []solana.Instruction) (out []solana.PublicKey) {
	for _, ix := range instructions {
		for _, a := range ix.Accounts() {
			if a.IsSigner {
				out = append(out, a.PublicKey)
			}
		}
	}
	return out
}

// differs reports whether something looks as if the transaction had landed since
// before. The wallet pays for each: where nothing is created, what it has decides. So
// it does where something was to be created that is not there, unless the wallet paid
// for other transactions meanwhile.
func (t trace) differs(before trace) bool {
	if !slices.Equal(t.exists, before.exists) || !slices.Equal(t.purses, before.purses) {
		return true
	}
	creates := slices.Contains(before.exists, false)
	return t.wallet != before.wallet && !(creates && t.busy.others(before.busy))
}

// counter counts what a wallet is sending. It is safe for concurrent use.
type counter struct{ begun, ended atomic.Int64 }

// begin counts one, until end.
func (c *counter) begin() (end func()) {
	c.begun.Add(1)
	return func() { c.ended.Add(1) }
}

// beat is what a counter shows at a time.
type beat struct{ begun, ended int64 }

// now reads the end first: what ends in between counts as still running.
func (c *counter) now() beat {
	ended := c.ended.Load()
	return beat{begun: c.begun.Load(), ended: ended}
}

// others reports whether there was something in flight besides the one that asks at
// any time since before.
func (b beat) others(before beat) bool {
	return b.begun != before.begun || before.begun-before.ended > 1
}

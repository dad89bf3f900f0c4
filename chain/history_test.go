package chain_test

import (
	"context"
	"slices"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// stall is who is paid here. All that it ever had are these payments.
var stall = solana.PublicKey{'s', 't', 'a', 'l', 'l'}

// past reads the stall's history: what was read, what could not be, and why it ended.
func past(ctx context.Context, c *chain.Client, h chain.History) (read, missing []solana.Signature, err error) {
	for r, err := range c.History(ctx, stall, h) {
		switch {
		case err == nil:
			read = append(read, r.Signature)
		case !r.Signature.IsZero():
			missing = append(missing, r.Signature)
		default:
			return read, missing, err
		}
	}
	return read, missing, nil
}

// bought makes payments to the stall, and returns their signatures, the newest first.
func (w *world) bought(c *chain.Client, payments int) (all []solana.Signature) {
	for range payments {
		r, err := c.Send(w.Context(), []solana.Instruction{system.NewTransferInstruction(price, c.Wallet(), stall).Build()})
		require.NoError(w, err)
		all = slices.Insert(all, 0, r.Signature)
		w.net.WarpSlots(1)
	}
	return all
}

func TestHistory(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	sent := w.bought(c, 5)
	for name, test := range map[string]struct {
		history chain.History
		want    []solana.Signature
		err     error
	}{
		"all":                     {chain.History{}, sent, nil},
		"one at a time":           {chain.History{PageSize: 1}, sent, nil},
		"pages of two":            {chain.History{PageSize: 2}, sent, nil},
		"since":                   {chain.History{Since: sent[3], PageSize: 2}, sent[:3], nil},
		"since the newest":        {chain.History{Since: sent[0]}, nil, nil},
		"before":                  {chain.History{Before: sent[1]}, sent[2:], nil},
		"between":                 {chain.History{Before: sent[0], Since: sent[3]}, sent[1:3], nil},
		"since what is not there": {chain.History{Since: solana.Signature{1}}, sent, chain.ErrPruned},
		"page too large":          {chain.History{PageSize: 1001}, nil, chain.ErrArgument},
		"page of less than one":   {chain.History{PageSize: -1}, nil, chain.ErrArgument},
	} {
		t.Run(name, func(t *testing.T) {
			read, missing, err := past(t.Context(), c, test.history)
			require.ErrorIs(t, err, test.err)
			require.Equal(t, test.want, read)
			require.Empty(t, missing)
		})
	}
	for r, err := range c.History(t.Context(), stall, chain.History{}) {
		require.NoError(t, err)
		looked, err := c.Transaction(t.Context(), r.Signature)
		require.NoError(t, err)
		require.Equal(t, looked, r)
		break // and nothing more is read
	}
}

// A transaction that failed had no effect: it is not reported, and still can be where
// a reading ends.
func TestHistorySkipsWhatFailed(t *testing.T) {
	w, n := viaNode(t)
	c := w.actor()
	first := w.bought(c, 1)
	n.Inject(unchecked)
	failed, err := c.Send(t.Context(), []solana.Instruction{system.NewTransferInstruction(1, c.Wallet(), stall).Build(), echo(7)})
	require.EqualValues(t, 7, isProgramError(t, err).Code)
	last := w.bought(c, 1)

	for name, hidden := range map[string]bool{"by the list": false, "by its record": true} {
		t.Run(name, func(t *testing.T) {
			n.Inject(listing(func(l []entry) []entry {
				require.NotNil(t, l[1]["err"])
				if hidden {
					l[1]["err"] = nil
				}
				return l
			}))
			before, records := n.Count("getTransaction"), 2
			if hidden {
				records = 3
			}
			read, missing, err := past(t.Context(), c, chain.History{})
			require.NoError(t, err)
			require.Equal(t, before+records, n.Count("getTransaction"))
			require.Empty(t, missing)
			require.Equal(t, slices.Concat(last, first), read)
			read, _, err = past(t.Context(), c, chain.History{Since: failed.Signature})
			require.NoError(t, err)
			require.Equal(t, last, read)
		})
	}
}

// What a node has forgotten is not there, and a reading since then says so.
func TestHistoryOfANodeThatForgets(t *testing.T) {
	w := &world{T: t, net: localnet.New(t, localnet.InProcess(), localnet.Empty(), localnet.WithHistory(1000))}
	w.route = chaintest.InProcess(w.net.RPC())
	c := w.actor()
	old := w.bought(c, 2)
	for range 1000 {
		require.NoError(t, w.net.Fund(stall, 1))
	}
	sent := w.bought(c, 1)
	read, _, err := past(t.Context(), c, chain.History{Since: old[0]})
	require.ErrorIs(t, err, chain.ErrPruned)
	require.Equal(t, sent[0], read[0])
	require.NotContains(t, read, old[0])
}

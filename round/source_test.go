package round_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// A trainer says where it keeps its submission, says so again, and gets the rent back.
func TestSources(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	creator, validator, trainer, other := w.actor(), w.actor(), w.trainer(), w.actor()
	id, _, err := creator.CreateRound(ctx, aRound)
	require.NoError(t, err)
	w.ok(validator.Prevalidate(ctx, id, 5000))
	w.refused(chain.ErrAccountNotInitialized)(trainer.SetSource(ctx, id, "hf:a/b@1")) // no gradient yet
	w.ok(trainer.SubmitGradient(ctx, id, gradientCID(1)))
	_, err = other.Source(ctx, id, trainer.Wallet())
	require.ErrorIs(t, err, chain.ErrNotFound)

	before := w.balance(trainer.Wallet())
	receipt := w.ok(trainer.SetSource(ctx, id, "hf:alice/flowers@0123456789"))
	require.Equal(t, []round.Event{round.SourceSet{RoundID: id, Trainer: trainer.Wallet(), Source: "hf:alice/flowers@0123456789"}}, receipt.Events)
	require.Equal(t, round.RentOfSource()+receipt.Fee, before-w.balance(trainer.Wallet()))
	w.ok(trainer.SetSource(ctx, id, "hf:alice/f@9"))
	source, err := other.Source(ctx, id, trainer.Wallet())
	require.NoError(t, err)
	addresses := round.Addresses{Program: round.LocalProgram}
	require.Equal(t, &round.Source{Address: addresses.Source(id, trainer.Wallet()), RoundID: id, Trainer: trainer.Wallet(), Text: "hf:alice/f@9"}, source)
	all, err := other.Sources(ctx, id)
	require.NoError(t, err)
	require.Equal(t, []*round.Source{source}, all)
	all, err = other.Sources(ctx, id+1)
	require.NoError(t, err)
	require.Empty(t, all)

	w.ok(validator.Postvalidate(ctx, id, trainer.Wallet(), 6000))
	w.refused(round.ErrRoundNotFinalized)(other.CloseSource(ctx, id, trainer.Wallet()))
	w.ok(creator.FinalizeRound(ctx, id))
	w.refused(round.ErrRoundNotActive)(trainer.SetSource(ctx, id, "hf:alice/f@10"))
	w.refused(round.ErrTooEarly)(other.CloseSource(ctx, id, trainer.Wallet()))
	w.net.Warp(round.CloseAfter)
	before = w.balance(trainer.Wallet())
	mine, err := other.SourcesOf(ctx, trainer.Wallet())
	require.NoError(t, err)
	require.Len(t, mine, 1)
	w.ok(other.CloseSource(ctx, mine[0].RoundID, trainer.Wallet()))
	require.Equal(t, round.RentOfSource(), w.balance(trainer.Wallet())-before)
}

func TestCanCloseSource(t *testing.T) {
	var closed *round.Round
	require.NoError(t, closed.CanCloseSource(opens), "nothing is left of the round")
	require.ErrorIs(t, scored().CanCloseSource(opens), round.ErrRoundNotFinalized)
	day := 12*time.Hour + round.CloseAfter
	r := scored(over)
	follow(t, r.CanCloseSource, change{0, round.ErrTooEarly}, change{day, nil})
	require.NoError(t, scored().CanSetSource())
	require.ErrorIs(t, r.CanSetSource(), round.ErrRoundNotActive)
}

// What the program never writes is no source.
func TestDecodeSource(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	validator, trainer := w.actor(), w.trainer()
	id, _, err := w.actor().CreateRound(ctx, aRound)
	require.NoError(t, err)
	w.ok(validator.Prevalidate(ctx, id, 5000))
	w.ok(trainer.SubmitGradient(ctx, id, gradientCID(1)))
	w.ok(trainer.SetSource(ctx, id, "hf:a/b@1"))
	address := round.Addresses{Program: round.LocalProgram}.Source(id, trainer.Wallet())
	account, ok := w.net.Account(address)
	require.True(t, ok)
	for name, spoil := range map[string]func([]byte){
		"empty":      func(d []byte) { d[176] = 0 },
		"too long":   func(d []byte) { d[176] = 129 },
		"a space":    func(d []byte) { d[50] = ' ' },
		"no letter":  func(d []byte) { d[50] = 0x1b },
		"not ASCII":  func(d []byte) { d[50] = 0xc3 },
		"other type": func(d []byte) { d[0] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			data := append([]byte(nil), account.Data...)
			spoil(data)
			_, err := round.DecodeSource(address, data)
			var of *chain.AccountError
			require.ErrorAs(t, err, &of)
			require.Equal(t, "Source", of.Kind)
		})
	}
	_, err = round.DecodeSource(address, account.Data[:177])
	require.ErrorIs(t, err, chain.ErrShortAccount)
}

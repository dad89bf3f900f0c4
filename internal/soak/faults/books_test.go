package faults

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestBooksThatAreWrong(t *testing.T) {
	trainer, judge, stranger := solana.PublicKey{1}, solana.PublicKey{2}, solana.PublicKey{3}
	right := func() *books {
		b := &books{round: &round.Round{Reward: 100, Options: round.Options{MinPostvalidations: 1}}, paid: map[solana.PublicKey]uint64{}, times: map[string]int{},
			gradients: []*round.Gradient{{Trainer: trainer, Scores: []uint32{1}}},
			statement: reward.Statement{Fees: 10, Remainder: 5, Lines: []reward.Line{{Claimant: trainer, Payment: reward.Payment{Net: 60}}, {Claimant: judge, Payment: reward.Payment{Net: 25}}}}}
		for _, e := range []round.Event{round.GradientSubmitted{Trainer: trainer}, round.Prevalidated{Validator: judge}, round.Postvalidated{Validator: judge, Trainer: trainer},
			round.TrainerRewardClaimed{Trainer: trainer, Amount: 60}, round.ValidatorRewardClaimed{Validator: judge, Amount: 25}, round.RemainderWithdrawn{Amount: 5}} {
			b.enter(e)
		}
		return b
	}
	require.Empty(t, right().check())
	for want, spoil := range map[string]func(*books){
		"2 times the submission": func(b *books) { b.enter(round.GradientSubmitted{Trainer: trainer}) },
		"2 times the base score": func(b *books) { b.enter(round.Prevalidated{Validator: judge}) },
		"2 times the score of":   func(b *books) { b.enter(round.Postvalidated{Validator: judge, Trainer: trainer}) },
		"2 times the claim":      func(b *books) { b.enter(round.TrainerRewardClaimed{Trainer: trainer}) },
		"paid 61 lamports of 60": func(b *books) { b.paid[trainer]++ },
		"paid 0 lamports of 25":  func(b *books) { delete(b.paid, judge) },
		"owed none":              func(b *books) { b.enter(round.ValidatorRewardClaimed{Validator: stranger, Amount: 1}) },
		"100 became 99 lamports": func(b *books) { b.withdrawn-- },
		"the vault is open":      func(b *books) { b.open = true },
		"has 0 scores of 1":      func(b *books) { b.gradients[0].Scores = nil },
	} {
		b := right()
		spoil(b)
		require.Contains(t, join(b.check()), want)
	}
}

func join(all []string) (text string) {
	for _, one := range all {
		text += one + "\n"
	}
	return text
}

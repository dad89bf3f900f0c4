package view_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/explorer/scene"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// A round that takes bonds, from the first submission to the closed vault: each part is to the lamport what people got.
func TestMoneyOfBonds(t *testing.T) {
	const bond = 7_000_001
	for name, c := range map[string]struct {
		rule   reward.Rule
		scored bool // both submissions; else the round is forced without quorum
		back   uint64
	}{
		"proportional, one is no better than the base": {reward.Proportional, true, bond},
		"win rate, one is no better than the base":     {reward.WinRate, true, bond},
		"forced without quorum":                        {reward.WinRate, false, 2 * bond},
	} {
		t.Run(name, func(t *testing.T) {
			s := scene.New(t, localnet.InProcess())
			ctx, rounds := t.Context(), s.Creator.Rounds
			now, err := s.Reader.Chain.Now(ctx)
			require.NoError(t, err)
			o := round.Options{Deadline: now.Add(time.Hour), ValidationWindow: 10 * time.Minute, CommitWindow: time.Minute, MinPrevalidations: 3,
				MinPostvalidations: 3, CommitReveal: true, RewardRule: c.rule}
			id, _, err := rounds.CreateRound(ctx, round.Spec{ModelCID: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzda", Reward: chain.LamportsPerSOL,
				Options: &o, Fair: &round.FairOptions{Sealed: true, PublishWindow: time.Minute, OutlierTolerance: 20, Bond: bond, Deadline: o.Deadline}})
			require.NoError(t, err)
			money := func(paid uint64) *view.Money {
				v, err := s.Reader.Round(ctx, id)
				require.NoError(t, err)
				require.NotNil(t, v.Money)
				require.True(t, v.Money.Holds, "%+v", v.Money)
				require.Equal(t, total(v.Money.In), total(v.Money.Out))
				require.Equal(t, view.Amount(paid), amountOf(v.Money.In, "bonds"))
				require.Zero(t, amountOf(v.Money.In, "others"), "%+v", v.Money)
				return v.Money
			}
			money(0)
			for i, p := range s.Trainers {
				_, err = p.Rounds.SubmitSealed(ctx, id, scene.CIDs[i])
				require.NoError(t, err)
				money(bond * uint64(i+1))
			}
			r, err := rounds.Round(ctx, id)
			require.NoError(t, err)
			s.Net.Warp(r.ScoringStarts().Sub(r.CreatedAt))
			subjects := map[solana.PublicKey]uint32{round.BaseModel: 5000, s.Trainers[0].Rounds.Wallet(): 8000, s.Trainers[1].Rounds.Wallet(): 4000}
			for _, step := range []func(*round.Client, solana.PublicKey) (round.Receipt, error){
				func(v *round.Client, subject solana.PublicKey) (round.Receipt, error) {
					return v.CommitSealed(ctx, id, subject, subjects[subject])
				},
				func(v *round.Client, subject solana.PublicKey) (round.Receipt, error) {
					return v.Reveal(ctx, id, subject)
				},
			} {
				for _, p := range s.Validators {
					for subject := range subjects {
						if c.scored || subject == round.BaseModel {
							_, err := step(p.Rounds, subject)
							require.NoError(t, err)
						}
					}
				}
				money(2 * bond)
				s.Net.Warp(time.Minute)
			}
			if c.scored {
				_, err = rounds.FinalizeRound(ctx, id)
			} else {
				s.Net.Warp(2 * time.Hour)
				_, err = rounds.ForceFinalize(ctx, id)
			}
			require.NoError(t, err)
			require.Zero(t, amountOf(money(2*bond).Out, "returned"))
			for _, p := range append(s.Trainers, s.Validators...) {
				_, err = p.ClaimAll(ctx)
				require.NoError(t, err)
				money(2 * bond)
			}
			require.Equal(t, view.Amount(c.back), amountOf(money(2*bond).Out, "returned"))
			open := money(2 * bond)
			s.Net.Warp(40 * 24 * time.Hour)
			_, err = rounds.WithdrawRemainder(ctx, id)
			require.NoError(t, err)
			_, err = rounds.Vault(ctx, id)
			require.ErrorIs(t, err, chain.ErrNotFound)
			closed := money(2 * bond)
			for _, key := range []string{"trainers", "validators", "fees", "returned"} {
				require.Equal(t, amountOf(open.Out, key), amountOf(closed.Out, key), key)
			}
			_, err = rounds.CloseGradient(ctx, id, s.Trainers[0].Rounds.Wallet())
			require.NoError(t, err)
			v, err := s.Reader.Round(ctx, id)
			require.NoError(t, err)
			require.True(t, v.Incomplete)
			require.Nil(t, v.Money, "nobody can say any more")
		})
	}
}

// A round that nobody submitted to: its money after it is forced, claimed and closed.
func TestMoneyOfAnExpiredRound(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	ctx, rounds := t.Context(), s.Creator.Rounds
	s.Net.Warp(60 * 24 * time.Hour)
	money := func() *view.Money {
		v, err := s.Reader.Round(ctx, scene.Going)
		require.NoError(t, err)
		require.True(t, v.Money.Holds, "%+v", v.Money)
		require.Equal(t, total(v.Money.In), total(v.Money.Out))
		return v.Money
	}
	money()
	_, err := rounds.ForceFinalize(ctx, scene.Going)
	require.NoError(t, err)
	money()
	for _, p := range s.Validators {
		_, err = p.ClaimAll(ctx)
		require.NoError(t, err)
		money()
	}
	books, err := rounds.Vault(ctx, scene.Going)
	require.NoError(t, err)
	_, err = rounds.WithdrawRemainder(ctx, scene.Going)
	require.NoError(t, err)
	_, err = rounds.Vault(ctx, scene.Going)
	require.ErrorIs(t, err, chain.ErrNotFound)
	require.Equal(t, view.Amount(books.PaidValidators), amountOf(money().Out, "validators"))
	require.Equal(t, view.Amount(books.Fees), amountOf(money().Out, "fees"))
	require.Equal(t, view.Amount(chain.LamportsPerSOL-books.PaidValidators-books.Fees), amountOf(money().Out, "creator"))
}

func amountOf(parts []view.Part, key string) view.Amount {
	for _, p := range parts {
		if p.Key == key {
			return p.Amount
		}
	}
	return 0
}

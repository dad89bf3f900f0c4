package validator_test

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/validator"
)

// Of five validators lots draw three, who score all that there is, to the quorum; the others say why they do not, and have
// nothing on the chain. Where lots draw two, the second sitting, which has places for all, makes up the quorum. Either way
// each lamport that was locked is paid, or comes back.
func TestCommitteeOfADataRound(t *testing.T) {
	c := newContest(t, 5)
	_, train := roundtest.Digits(t)
	clean, few := c.miner("clean"), c.miner("few")
	data, less := c.publish(train, span(0, 60)), c.publish(train, span(60, 12))
	const subjects = 3
	for _, seats := range []int{3, 2} {
		treasury := c.balance(round.LocalTreasury)
		c.open(func(f *round.FairOptions) { f.Committee = 3 })
		c.submit(clean, data)
		c.submit(few, less)
		drawn := c.draw(seats)
		c.startAll()
		c.at(0, false)
		c.until("those who were not drawn say so", func() bool { return len(c.notDrawn()) == 5-seats })
		require.ElementsMatch(t, drawn, c.scorers(subjects*seats))
		for _, i := range c.notDrawn() {
			require.NotContains(t, drawn, i)
			c.hasNothing(i)
		}
		c.at(0, true)
		scores := subjects * seats
		c.await(scores, validator.EventRevealed)
		if seats < 3 {
			c.at(1, false)
			require.Len(t, c.scorers(subjects*5), 5)
			c.at(1, true)
			scores = subjects * 5
			c.await(scores, validator.EventRevealed)
		}
		r := c.finish()
		require.Len(t, r.BaseScores, scores/subjects)
		for i, p := range []roundtest.Player{clean, few} {
			got, known := r.GradientConsensus(uint8(i))
			require.True(t, known)
			require.Equal(t, c.verdicts(p)[0].Accuracy, got)
		}
		require.Greater(t, c.verdicts(clean)[0].Accuracy, r.BaseAccuracy+500)
		paid := c.paid(r, scores, clean, few)
		require.Equal(t, r.Reward+2*r.Bond(), paid+c.balance(round.LocalTreasury)-treasury)
		_, err := c.creator.Rounds.Vault(t.Context(), c.id)
		require.ErrorIs(t, err, chain.ErrNotFound)
		for i := range c.judges {
			c.stops[i]()
		}
	}
}

// draw draws the committee of the round so that it has so many of the validators, and returns which: the slot that gives the
// seed has a hash that was looked for, as its leader could.
func (c *contest) draw(seats int) (drawn []int) {
	c.t.Helper()
	c.Until(c.t, c.creator, c.id, (*round.Round).SubmissionsClose)
	step := func() {
		_, err := c.creator.Rounds.DrawCommittee(c.t.Context(), c.id)
		require.NoError(c.t, err)
		c.Net.WarpSlots(2)
	}
	step()
	r, err := c.creator.Rounds.Round(c.t.Context(), c.id)
	require.NoError(c.t, err)
	would, address := *r, c.creator.Rounds.Addresses().Round(c.id)
	would.Drawn = true
	var hash [32]byte
	for len(drawn) != seats {
		hash, drawn = sha256.Sum256(hash[:]), nil
		would.Seed = sha256.Sum256(slices.Concat([]byte("decloud:seed"), address[:], hash[:]))
		for i, p := range c.judges {
			s := &round.Stake{Validator: p.Wallet.PublicKey(), Amount: contestStake, Since: r.CreatedAt}
			if would.InCommittee(s, r.SittingStarts(0)) == nil {
				drawn = append(drawn, i)
			}
		}
	}
	le := binary.LittleEndian
	entry := append(le.AppendUint64(le.AppendUint64(nil, 1), r.SeedSlot), hash[:]...)
	require.NoError(c.t, c.Net.SetAccount(solana.SysVarSlotHashesPubkey, localnet.Account{Lamports: 1, Data: entry}))
	step()
	require.NoError(c.t, c.Net.SetAccount(solana.SysVarSlotHashesPubkey, localnet.Account{}))
	r, err = c.creator.Rounds.Round(c.t.Context(), c.id)
	require.NoError(c.t, err)
	require.Equal(c.t, would.Seed, r.Seed)
	return drawn
}

// notDrawn are the validators who have said that they were not drawn for the round.
func (c *contest) notDrawn() (list []int) {
	for _, e := range c.told(validator.EventRefused) {
		if strings.Contains(e.Err.Error(), "was not drawn for its committee") {
			list = append(list, e.judge)
		}
	}
	return list
}

// hasNothing requires that a validator has nothing in the round.
func (c *contest) hasNothing(i int) {
	c.t.Helper()
	rounds, me := c.judges[i].Rounds, c.judges[i].Wallet.PublicKey()
	commitments, err := rounds.CommitmentsOf(c.t.Context(), me)
	require.NoError(c.t, err)
	for _, of := range commitments {
		require.NotEqual(c.t, c.id, of.RoundID)
	}
	_, err = rounds.PreValidation(c.t.Context(), c.id, me)
	require.ErrorIs(c.t, err, chain.ErrNotFound)
}

// paid has everybody claim what is due in a finalized round, and returns how much that is, bonds included. The validators,
// who have so many scores in it, are running, and claim by themselves.
func (c *contest) paid(r *round.Round, scores int, miners ...roundtest.Player) (lamports uint64) {
	c.t.Helper()
	c.await(scores, validator.EventClaimed)
	for _, e := range c.told(validator.EventClaimed) {
		lamports += e.Lamports
	}
	for _, p := range append(miners, c.creator) {
		got, err := p.Claim(c.t.Context(), c.id)
		require.NoError(c.t, err)
		lamports += got.Lamports
	}
	gradients, err := c.creator.Rounds.Gradients(c.t.Context(), c.id)
	require.NoError(c.t, err)
	for _, g := range gradients {
		lamports += r.ReturnedBond(g)
	}
	return lamports
}

func (c *contest) balance(of solana.PublicKey) uint64 {
	c.t.Helper()
	lamports, err := c.creator.Chain.Balance(c.t.Context(), of)
	require.NoError(c.t, err)
	return lamports
}

// scorers waits for so many scores of the round, and returns whose they are.
func (c *contest) scorers(scores int) (list []int) {
	c.t.Helper()
	all := func() []judged { return append(c.told(validator.EventBase), c.told(validator.EventGradient)...) }
	c.until("scores", func() bool { return len(all()) >= scores })
	for _, e := range all() {
		if !slices.Contains(list, e.judge) {
			list = append(list, e.judge)
		}
	}
	require.Len(c.t, all(), scores)
	return list
}

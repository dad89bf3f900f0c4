package view_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/explorer/scene"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// What can be read of a chain, in one scene.
func TestReader(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	for name, test := range map[string]func(*testing.T, *scene.Scene){
		"the overview lists rounds and runs":         overviewListsRoundsAndRuns,
		"a round is what the chain says":             roundIsWhatTheChainSays,
		"everything has an account and transactions": everythingHasAnAccountAndTransactions,
		"what is not there is an error that says so": whatIsNotThere,
		"stakes, the largest first":                  stakesTheLargestFirst,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

func overviewListsRoundsAndRuns(t *testing.T, s *scene.Scene) {
	o, err := s.Reader.Overview(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, uint64(3), o.RoundCount)
	require.Len(t, o.Rounds, 3)
	require.Equal(t, []string{"sealed", "open", "open"}, []string{o.Rounds[0].Kind, o.Rounds[1].Kind, o.Rounds[2].Kind})
	require.Equal(t, []uint64{2, 1, 0}, []uint64{o.Rounds[0].ID, o.Rounds[1].ID, o.Rounds[2].ID})
	require.Nil(t, o.Older)
	require.Len(t, o.Runs, 1)
	require.Equal(t, "digits, \ufffd<img src=x>", o.Runs[0].Name, "marks of direction would change how the rest of the line is read")

	earlier, err := s.Reader.Overview(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, earlier.Rounds, 1)
	require.Equal(t, scene.Paid, earlier.Rounds[0].ID)
}

// What the page says of a round is what the accounts say.
func roundIsWhatTheChainSays(t *testing.T, s *scene.Scene) {
	ctx := t.Context()
	v, err := s.Reader.Round(ctx, scene.Paid)
	require.NoError(t, err)
	require.Equal(t, uint32(7520), v.Base.Consensus)
	require.Equal(t, "sss", v.Base.Marks)
	require.Len(t, v.Validators, 3)
	last := slices.Index(v.Validators, s.Validators[2].Rounds.Wallet().String())
	require.Len(t, v.Gradients, 2)
	for i, g := range v.Gradients {
		require.Equal(t, s.Trainers[i].Rounds.Wallet().String(), g.Trainer)
		require.Equal(t, uint32(8000+140*i), g.Consensus)
		require.Equal(t, uint32(480+140*i), g.Improvement)
		require.Equal(t, 1, strings.Count(g.Marks, "o"))
		require.Equal(t, last, strings.Index(g.Marks, "o"))
		require.Equal(t, uint32(9900), g.Accuracies[last])
	}
	statement, err := s.Creator.Rounds.Statement(ctx, scene.Paid)
	require.NoError(t, err)
	require.True(t, v.Final)
	samePayouts(t, statement, v.Payouts)
	claimed := 0
	for _, p := range v.Payouts {
		claimed += p.Claimed
	}
	require.Equal(t, 3, claimed)
	vault, err := s.Creator.Rounds.Vault(ctx, scene.Paid)
	require.NoError(t, err)
	require.True(t, v.Money.Holds)
	require.Equal(t, view.Amount(vault.PaidTrainers), part(t, v.Money.Out, "trainers"))
	require.Equal(t, view.Amount(vault.PaidValidators), part(t, v.Money.Out, "validators"))
	balance, err := s.Creator.Rounds.Chain().Balance(ctx, vault.Address)
	require.NoError(t, err)
	require.Equal(t, view.Amount(balance), part(t, v.Money.Out, "vault"))
}

// samePayouts requires that payouts are the sums of a statement's lines.
func samePayouts(t *testing.T, statement reward.Statement, payouts []view.Payout) {
	t.Helper()
	net, fee, shares := map[string]view.Amount{}, map[string]view.Amount{}, map[string]int{}
	for _, l := range statement.Lines {
		key := fmt.Sprintf("%v %v", l.Role, l.Claimant)
		net[key], fee[key], shares[key] = net[key]+view.Amount(l.Payment.Net), fee[key]+view.Amount(l.Payment.Fee), shares[key]+1
	}
	require.Len(t, payouts, len(net))
	for _, p := range payouts {
		key := fmt.Sprintf("%v %v", p.Role, p.Claimant)
		require.Equal(t, net[key], p.Net, key)
		require.Equal(t, fee[key], p.Fee, key)
		require.Equal(t, shares[key], p.Shares, key)
	}
}

// Where the money is adds up in every phase, to the lamport, and lamports that a stranger sent are shown apart.
func TestMoneyAddsUp(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	ctx := t.Context()
	holds := func(id uint64) *view.Money {
		v, err := s.Reader.Round(ctx, id)
		require.NoError(t, err)
		require.NotNil(t, v.Money)
		require.True(t, v.Money.Holds)
		require.Equal(t, total(v.Money.In), total(v.Money.Out))
		return v.Money
	}
	for id := range uint64(3) {
		holds(id)
	}
	require.NoError(t, s.Net.Fund(s.Creator.Rounds.Addresses().Vault(scene.Going), 12_345))
	require.Equal(t, view.Amount(12_345), part(t, holds(scene.Going).In, "others"))

	for _, p := range append(s.Trainers, s.Validators...) {
		_, err := p.ClaimAll(ctx)
		require.NoError(t, err)
	}
	holds(scene.Paid)
	books, err := s.Creator.Rounds.Vault(ctx, scene.Paid)
	require.NoError(t, err)
	_, err = s.Creator.Rounds.WithdrawRemainder(ctx, scene.Paid)
	require.NoError(t, err)
	_, err = s.Creator.Rounds.Vault(ctx, scene.Paid)
	require.ErrorIs(t, err, chain.ErrNotFound, "all have claimed: the vault is closed")
	m := holds(scene.Paid)
	require.Equal(t, view.Amount(chain.LamportsPerSOL), total(m.In))
	require.Equal(t, []view.Amount{view.Amount(books.PaidTrainers), view.Amount(books.PaidValidators), view.Amount(books.Fees)},
		[]view.Amount{part(t, m.Out, "trainers"), part(t, m.Out, "validators"), part(t, m.Out, "fees")}, "the marks say what the books said")

	v, err := s.Reader.Run(ctx, scene.RunID)
	require.NoError(t, err)
	require.True(t, v.Money.Holds)
	require.Equal(t, view.Amount(2*chain.LamportsPerSOL), part(t, v.Money.Out, "vault"))
	require.Len(t, v.Slots, 1)
}

func TestCancelledRound(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	_, err := s.Creator.Rounds.CancelRound(t.Context(), scene.Sealed)
	require.NoError(t, err)
	v, err := s.Reader.Round(t.Context(), scene.Sealed)
	require.NoError(t, err)
	require.True(t, v.Money.Holds)
	require.Equal(t, view.Amount(chain.LamportsPerSOL), part(t, v.Money.Out, "creator"))
}

// A round about data says so, and where each trainer keeps its submission.
func TestRoundAboutData(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	ctx := t.Context()
	now, err := s.Reader.Chain.Now(ctx)
	require.NoError(t, err)
	o := round.Options{Deadline: now.Add(time.Hour), MinPrevalidations: 3, MinPostvalidations: 3, RewardRule: reward.WinRate}
	id, _, err := s.Creator.Rounds.CreateRound(ctx, round.Spec{ModelCID: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzda", Reward: chain.LamportsPerSOL, Options: &o,
		Fair: &round.FairOptions{Task: round.TaskData, SubmissionSlots: 1500, OutlierTolerance: 20, Deadline: o.Deadline}})
	require.NoError(t, err)
	for _, p := range s.Validators {
		_, err = p.Rounds.Prevalidate(ctx, id, 5000)
		require.NoError(t, err)
	}
	for i, p := range s.Trainers {
		_, err = p.Rounds.SubmitGradient(ctx, id, scene.CIDs[i])
		require.NoError(t, err)
	}
	_, err = s.Trainers[0].Rounds.SetSource(ctx, id, "hf:alice/flowers@3f1c9a0d")
	require.NoError(t, err)

	v, err := s.Reader.Round(ctx, id)
	require.NoError(t, err)
	require.Contains(t, v.Terms, view.Term{Name: "Task", Value: "data: texts or samples, scored by what the model learns from them"})
	require.Equal(t, "hf:alice/flowers@3f1c9a0d", v.Gradients[0].Source)
	require.Empty(t, v.Gradients[1].Source, "nobody has to say")
	require.True(t, v.Money.Holds)
	a, err := s.Reader.Account(ctx, s.Creator.Rounds.Addresses().Source(id, s.Trainers[0].Rounds.Wallet()).String())
	require.NoError(t, err)
	require.Equal(t, "source of a submission", a.Kind)
	require.Contains(t, a.Fields, view.Field{Name: "text", Text: "hf:alice/flowers@3f1c9a0d"})
	heads, err := s.Reader.Round(ctx, scene.Paid)
	require.NoError(t, err)
	require.Contains(t, heads.Terms, view.Term{Name: "Task", Value: "heads: trained weights"})
}

func everythingHasAnAccountAndTransactions(t *testing.T, s *scene.Scene) {
	ctx := t.Context()
	r, err := s.Reader.Round(ctx, scene.Paid)
	require.NoError(t, err)
	one, err := s.Reader.Run(ctx, scene.RunID)
	require.NoError(t, err)
	for trainer, kind := range map[string]string{r.Gradients[0].Trainer: "score of a submission", view.Base: "score of a base"} {
		a, err := s.Reader.Score(ctx, scene.Paid, trainer, r.Validators[0])
		require.NoError(t, err)
		require.Equal(t, kind, a.Kind)
	}
	kinds := map[string]string{
		r.Address: "round", r.Gradients[0].Address: "submission",
		s.Creator.Rounds.Addresses().Vault(0).String(): "vault of a round", s.Creator.Rounds.Wallet().String(): "wallet", one.Address: "run",
		s.Creator.Runs.Addresses().Vault(s.Creator.Runs.Addresses().Run(one.ID)).String(): "vault of a run",
		s.Creator.Rounds.Addresses().Stake(s.Validators[0].Rounds.Wallet()).String():      "stake of a validator",
	}
	for address, kind := range kinds {
		a, err := s.Reader.Account(ctx, address)
		require.NoError(t, err)
		require.Equal(t, kind, a.Kind)
		if kind != "wallet" && kind != "vault of a run" {
			require.NotEmpty(t, a.Fields, kind)
		}
	}
	trail, err := s.Reader.Trail(ctx, r.Address, "")
	require.NoError(t, err)
	require.NotEmpty(t, trail.Entries)
	require.Empty(t, trail.Older, "all of them are there")
	older, err := s.Reader.Trail(ctx, r.Address, trail.Entries[1].Signature)
	require.NoError(t, err)
	require.Equal(t, trail.Entries[2:], older.Entries)
	newest := trail.Entries[0]
	require.Equal(t, "validator reward claimed", newest.Events[0].Name)
	require.Contains(t, newest.Events[0].Fields, view.Field{Name: "round ID", Text: "0", Link: "round"})
	tx, err := s.Reader.Transaction(ctx, newest.Signature)
	require.NoError(t, err)
	require.Equal(t, newest.Events, tx.Events)
	require.NotEmpty(t, tx.Logs)
}

func whatIsNotThere(t *testing.T, s *scene.Scene) {
	ctx := t.Context()
	asked := map[string]func() error{
		"round":       func() error { _, err := s.Reader.Round(ctx, 77); return err },
		"run":         func() error { _, err := s.Reader.Run(ctx, "nobody"); return err },
		"run's name":  func() error { _, err := s.Reader.Run(ctx, strings.Repeat("x", 200)); return err },
		"address":     func() error { _, err := s.Reader.Account(ctx, "0OIl"); return err },
		"signature":   func() error { _, err := s.Reader.Transaction(ctx, "zz"); return err },
		"transaction": func() error { _, err := s.Reader.Transaction(ctx, strings.Repeat("2", 87)); return err },
		"score":       func() error { _, err := s.Reader.Score(ctx, scene.Going, "x", "y"); return err },
		"no score": func() error {
			_, err := s.Reader.Score(ctx, scene.Going, view.Base, s.Creator.Rounds.Wallet().String())
			return err
		},
		"trail": func() error { _, err := s.Reader.Trail(ctx, s.Creator.Rounds.Wallet().String(), "zz"); return err },
	}
	for name, ask := range asked {
		require.ErrorIs(t, ask(), view.ErrUnknown, name)
	}
	a, err := s.Reader.Account(ctx, "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T")
	require.NoError(t, err)
	require.False(t, a.Exists)
	none := view.Reader{Chain: s.Reader.Chain}
	o, err := none.Overview(ctx, 0)
	require.NoError(t, err)
	require.Empty(t, o.Rounds)
	_, err = none.Round(ctx, 0)
	require.ErrorIs(t, err, view.ErrUnknown)
}

// The accuracies that voters reveal become a curve, and what was read of the past once is not read again.
func TestCurveOfARunThatVotes(t *testing.T) {
	s := scene.New(t, localnet.InProcess(), localnet.WithSlotTime(5*time.Millisecond))
	r := s.Vote(t)
	require.Len(t, r.Accuracy, 2)
	for i, p := range r.Accuracy {
		require.Equal(t, uint32(i), p.Round-r.Accuracy[0].Round)
		require.Positive(t, p.Accuracy)
	}
	again, err := s.Reader.Run(t.Context(), r.ID)
	require.NoError(t, err)
	require.Equal(t, r.Accuracy, again.Accuracy)
}

// Amounts stay exact in a browser, whose numbers end at 2^53.
func TestAmountsAreTexts(t *testing.T) {
	b, err := json.Marshal(view.Amount(1<<64 - 1))
	require.NoError(t, err)
	require.JSONEq(t, `"18446744073709551615"`, string(b))
}

func stakesTheLargestFirst(t *testing.T, s *scene.Scene) {
	v, err := s.Reader.Stakes(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, v.Count)
	require.Equal(t, view.Amount(6*chain.LamportsPerSOL/10), v.Total)
	require.Equal(t, s.Validators[2].Rounds.Wallet().String(), v.Stakes[0].Validator)
}

func part(t *testing.T, parts []view.Part, key string) view.Amount {
	t.Helper()
	for _, p := range parts {
		if p.Key == key {
			return p.Amount
		}
	}
	require.Fail(t, "no such part", "%s in %v", key, parts)
	return 0
}

func total(parts []view.Part) (sum view.Amount) {
	for _, p := range parts {
		sum += p.Amount
	}
	return sum
}

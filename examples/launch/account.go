package main

import (
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/rating"
)

// account fills in the report from the chain: scores, payouts, and what became
// of every lamport. fees is what the treasury's balance grew by.
func (c closing) account(out *report, remainder, fees uint64) error {
	rounds := c.me.client.Rounds
	r, err := rounds.Round(c.ctx, c.id)
	if err != nil {
		return err
	}
	out.Round.ID, out.Round.Creator, out.Round.Dataset = r.ID, r.Creator.String(), dataset.ID(r.Dataset).String()
	out.Round.ModelCID, out.Round.Reward, out.Round.Status = r.ModelCID, r.Reward, r.Status.String()
	out.Round.BaseAccuracy = r.BaseAccuracy

	for _, p := range c.players.trainers {
		key := p.wallet.PublicKey()
		g, err := rounds.Gradient(c.ctx, c.id, key)
		if err != nil {
			return err
		}
		profile, err := rounds.Profile(c.ctx, key)
		if err != nil {
			return err
		}
		out.Scores = append(out.Scores, score{Name: p.name, Trainer: key.String(), CID: g.CID, Samples: p.data.Len(),
			Accuracy: g.Consensus, Improvement: g.Improvement, Rating: uint16(profile.Stars)})
	}
	if err := c.payouts(out); err != nil {
		return err
	}
	out.Conservation.Locked, out.Conservation.Fees, out.Conservation.Remainder = r.Reward, fees, remainder
	out.Conservation.Holds = out.Conservation.sum() == r.Reward
	for _, p := range c.players.all() {
		balance, err := rounds.Chain().Balance(c.ctx, p.wallet.PublicKey())
		if err != nil {
			return err
		}
		out.Accounts = append(out.Accounts, account{p.name, p.wallet.PublicKey().String(), balance})
	}
	return nil
}

// payouts lists what the workers were paid, next to what the rules say.
func (c closing) payouts(out *report) error {
	owed, err := c.me.client.Rounds.Statement(c.ctx, c.id)
	if err != nil {
		return err
	}
	for _, p := range c.players.all() {
		if p.role == roleCreator {
			continue
		}
		key := p.wallet.PublicKey()
		paid := c.s.paidTo(key)
		if p.role == roleTrainer {
			out.Conservation.PaidTrainers += paid
		} else {
			out.Conservation.PaidValidators += paid
		}
		out.Payouts = append(out.Payouts, payout{Name: p.name, Role: p.role, Wallet: p.wallet.PublicKey().String(), Net: paid, Owed: owed.Net(key)})
	}
	return nil
}

// check tells what is off about the round.
func (r *report) check() error {
	var off []error
	expect := func(ok bool, format string, args ...any) {
		if !ok {
			off = append(off, fmt.Errorf(format, args...))
		}
	}
	expect(r.Conservation.Holds, "lamports went missing: %s", r.Conservation)
	for _, p := range r.Payouts {
		expect(p.Net == p.Owed, "%s was paid %d lamports, the rules say %d", p.Name, p.Net, p.Owed)
	}
	for _, s := range r.Scores {
		if s.Name == "mallory" {
			expect(s.Accuracy < r.Round.BaseAccuracy, "mallory trained on flipped labels and made the model no worse")
			expect(s.Rating == 499, "mallory stands at %s, not at 4.99", rating.Stars(s.Rating))
			continue
		}
		expect(s.Improvement > 0, "%s did not improve the model", s.Name)
		expect(s.Rating == 500, "%s stands at %s, not at 5.00", s.Name, rating.Stars(s.Rating))
	}
	for _, a := range r.Scores {
		for _, b := range r.Scores {
			expect(a.Improvement <= b.Improvement || r.net(a.Trainer) > r.net(b.Trainer), "%s improved more than %s and was not paid more", a.Name, b.Name)
		}
	}
	return errors.Join(off...)
}

func (r *report) net(wallet string) uint64 {
	for _, p := range r.Payouts {
		if p.Wallet == wallet {
			return p.Net
		}
	}
	return 0
}

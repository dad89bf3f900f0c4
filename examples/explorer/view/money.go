package view

import (
	"github.com/decloud-sdk/decloud-go/round"
)

// Money says where the money is: what came in equals what went out and what is left, part by part.
type Money struct {
	Unit  Unit   `json:"unit"`
	In    []Part `json:"in"`
	Out   []Part `json:"out"`
	Holds bool   `json:"holds"` // both sides are equal
	// Basis says what the figures are read from.
	Basis string `json:"basis"`
}

// Part is a part of the money.
type Part struct {
	Key    string `json:"key"` // the same for the same kind, for colors
	Name   string `json:"name"`
	Amount Amount `json:"amount"`
}

// rentPerByte is what Solana's rent asks for each byte of an account, and overhead how many bytes it adds to each account.
const (
	rentPerByte = 6960
	overhead    = 128
)

// roundMoney is where a round's money is; nil if nobody can tell any more.
func roundMoney(a accounts, incomplete bool, claimed paid) *Money {
	if a.vault != nil {
		return vaultMoney(a)
	}
	m := &Money{Unit: sol, In: []Part{{"reward", "reward of the creator", Amount(a.round.Reward)}}}
	if a.round.Status == round.Cancelled {
		m.Out = []Part{{"creator", "back to the creator", Amount(a.round.Reward)}}
		m.Basis = "the round was cancelled: its vault is closed"
		return m.check()
	}
	if incomplete {
		return nil
	}
	return claimedMoney(m, a, claimed)
}

// vaultMoney compares the vault's balance with its books.
func vaultMoney(a accounts) *Money {
	r, l := a.round, a.vault.Ledger
	bonds, returned := r.Bond()*uint64(r.Gradients), uint64(0)
	for _, g := range a.gradients {
		if g.RewardClaimed {
			returned += r.ReturnedBond(g)
		}
	}
	rent := uint64(overhead+a.vaultSize) * rentPerByte
	m := &Money{Unit: sol, Basis: "the vault's balance and its books", In: []Part{
		{"reward", "reward of the creator", Amount(r.Reward)},
		{"bonds", "bonds of the trainers", Amount(bonds)},
		{"rent", "rent of the vault, which comes back", Amount(rent)},
	}, Out: []Part{
		{"trainers", "paid to trainers", Amount(l.PaidTrainers)},
		{"validators", "paid to validators", Amount(l.PaidValidators)},
		{"fees", "fees to the treasury", Amount(l.Fees)},
		{"creator", "back to the creator", Amount(l.Withdrawn)},
		{"returned", "bonds returned to trainers", Amount(returned)},
		{"vault", "in the vault", Amount(a.balance)},
	}}
	if missing := int(r.Gradients) - len(a.gradients); missing > 0 && bonds > 0 {
		m.Basis += "; some submissions' accounts are closed, and their bonds with them"
		m.settle("returned", "bonds returned to trainers")
	}
	return m.check()
}

// claimedMoney is where the money of a closed vault went, as the marks of the claims say: what nobody claimed is the creator's.
func claimedMoney(m *Money, a accounts, claimed paid) *Money {
	m.Basis = "the vault is closed: the marks of the claims; the creator took the rest"
	if bonds := a.round.Bond() * uint64(a.round.Gradients); bonds > 0 {
		m.In = append(m.In, Part{"bonds", "bonds of the trainers", Amount(bonds)})
	}
	returned := uint64(0)
	for _, g := range a.gradients {
		if g.RewardClaimed {
			returned += a.round.ReturnedBond(g)
		}
	}
	m.Out = []Part{{"trainers", "paid to trainers", Amount(claimed.trainers)}, {"validators", "paid to validators", Amount(claimed.validators)},
		{"fees", "fees to the treasury", Amount(claimed.fees)}, {"returned", "bonds returned to trainers", Amount(returned)}}
	m.settle("creator", "back to the creator")
	return m.check()
}

// settle adds what is missing on the side of what went out to one of its parts.
func (m *Money) settle(key, name string) {
	in, out := sum(m.In), sum(m.Out)
	if out > in {
		return
	}
	for i := range m.Out {
		if m.Out[i].Key == key {
			m.Out[i].Amount += Amount(in - out)
			return
		}
	}
	m.Out = append(m.Out, Part{key, name, Amount(in - out)})
}

// check compares the sides. Anybody can send lamports to an address: those are shown as what they are.
func (m *Money) check() *Money {
	in, out := sum(m.In), sum(m.Out)
	if out > in {
		m.In = append(m.In, Part{"others", "sent by others, unasked", Amount(out - in)})
	}
	m.Holds = out >= in
	m.In, m.Out = present(m.In), present(m.Out)
	return m
}

func sum(parts []Part) (total uint64) {
	for _, p := range parts {
		total += uint64(p.Amount)
	}
	return total
}

// present are the parts that are more than nothing.
func present(parts []Part) []Part {
	some := []Part{}
	for _, p := range parts {
		if p.Amount > 0 {
			some = append(some, p)
		}
	}
	return some
}

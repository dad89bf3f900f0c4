package view

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run"
)

// books are what tells where a run's money is, all from one slot: of two, a payment between them would look like a loss.
type books struct {
	run    *run.Run
	roster *run.Roster
	held   uint64 // by the vault beside its rent, base units
	frozen bool   // the mint's authority lets nothing out of the vault
	unit   Unit
}

// books reads those of a run that pays.
func (r *Reader) books(ctx context.Context, one *run.Run) (b books, err error) {
	addresses := []solana.PublicKey{one.Address, one.Roster, one.Vault}
	if one.Treasury == run.SPL {
		addresses = append(addresses, one.Mint)
	}
	found, err := r.Chain.Accounts(ctx, addresses...)
	if err != nil {
		return b, err
	}
	for _, a := range found[:2] {
		if a.Owner != r.Runs.Addresses().Program {
			return b, &chain.AccountError{Kind: "Run", Address: a.Address, Reason: chain.ErrNotFound} // closed since it was read
		}
	}
	if b.run, err = run.DecodeRun(one.Address, found[0].Data); err != nil {
		return b, err
	}
	if b.roster, err = run.DecodeRoster(one.Roster, found[1].Data); err != nil {
		return b, err
	}
	vault := found[2]
	if one.Treasury == run.SOL {
		b.unit, b.held = sol, vault.Lamports-min(vault.Lamports, uint64(overhead+len(vault.Data))*rentPerByte)
		return b, nil
	}
	b.unit = unitOf(found[3])
	token, err := chain.DecodeTokenAccount(vault.Data)
	if err != nil || vault.Owner != solana.TokenProgramID {
		return b, &chain.AccountError{Kind: "TokenAccount", Address: one.Vault, Reason: chain.ErrBadAccount}
	}
	b.held, b.frozen = token.Amount, token.Frozen
	return b, nil
}

// runMoney is where a run's money is: the balance of its vault and what the books say that was paid, against the books.
func runMoney(b books) *Money {
	r, due := b.run, uint64(0)
	for _, s := range b.roster.Slots {
		due += min(s.Stake, s.SlashDue)
	}
	due = min(due, r.Stakes)
	m := &Money{Unit: b.unit, Holds: b.held >= r.Liabilities(),
		Basis: "the balance of the vault and the run's books; what left as stakes that were paid back, and to those who collected slashes, is on neither side"}
	if b.frozen {
		m.Basis += ". The mint's authority froze the vault: nothing can be paid from it"
	}
	// No sums: what went round may be more than 64 bits have.
	m.In = present([]Part{
		{"trainers", "paid to members", Amount(r.Paid)},
		{"creator", "withdrawn by the authority", Amount(r.Withdrawn)},
		{"held", "in the vault", Amount(b.held)},
	})
	m.Out = present([]Part{
		{"trainers", "paid to members", Amount(r.Paid)},
		{"creator", "withdrawn by the authority", Amount(r.Withdrawn)},
		{"owed", "earned by members, not claimed", Amount(r.Owed)},
		{"reserved", "reserved for this epoch", Amount(r.Reserved)},
		{"stakes", "stakes of members", Amount(r.Stakes - due)},
		{"slashes", "of stakes, to be slashed", Amount(due)},
		{"vault", "free in the pool", Amount(r.Pool)},
		{"others", "sent by others, unasked: in the vault beside the books", Amount(b.held - min(b.held, r.Liabilities()))},
	})
	return m
}

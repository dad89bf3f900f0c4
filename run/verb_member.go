package run

import (
	"context"

	"github.com/gagliardetto/solana-go"
)

// AllowJoin lets a wallet, or [Anybody], join the runs whose join authority the
// client's wallet is.
func (c *Client) AllowJoin(ctx context.Context, grantee solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, AuthorizationCreate{Grantee: grantee, Scope: ScopeJoin, Grantor: c.Wallet(), Payer: c.Wallet()})
}

// SetDelegates replaces the wallets that may join in the wallet's place, under what
// grantor allowed it.
func (c *Client) SetDelegates(ctx context.Context, grantor solana.PublicKey, delegates ...solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, AuthorizationGranteeUpdate{Grantor: grantor, Scope: ScopeJoin, Clear: true, Add: delegates, Grantee: c.Wallet()})
}

// DisallowJoin takes back what AllowJoin allowed, and the rent.
func (c *Client) DisallowJoin(ctx context.Context, grantee solana.PublicKey) (Receipt, error) {
	a, err := c.Authorization(ctx, c.Wallet(), grantee, ScopeJoin)
	if err != nil {
		return Receipt{}, err
	}
	return c.Send(ctx, AuthorizationClose{Grantee: grantee, Scope: ScopeJoin, Payer: a.Payer, Grantor: c.Wallet()})
}

// Join takes a slot for the wallet and puts a stake, in base units, beside what is
// at stake already. It agrees to the terms of r, which the program compares: a run
// that was resumed since refuses with [ErrStaleTerms].
func (c *Client) Join(ctx context.Context, r *Run, stake uint64, transportKey [32]byte) (Receipt, error) {
	a, err := c.FindAuthorization(ctx, r, c.Wallet())
	if err != nil {
		return Receipt{}, err
	}
	return c.Send(ctx, JoinRun{Run: r, Grantee: a.Grantee, TransportKey: transportKey, Stake: stake, Wallet: c.Wallet()})
}

// Ready says, in Warmup, that the wallet has the model.
func (c *Client) Ready(ctx context.Context, r *Run) (Receipt, error) {
	return c.Send(ctx, Ready{Run: r, Wallet: c.Wallet()})
}

// Leave leaves the run, at once or when the epoch is over.
func (c *Client) Leave(ctx context.Context, r *Run) (Receipt, error) {
	return c.Send(ctx, LeaveRun{Run: r, Wallet: c.Wallet()})
}

// Submit submits the digest of an update for the run's epoch and round.
func (c *Client) Submit(ctx context.Context, r *Run, update Digest) (Receipt, error) {
	return c.Send(ctx, SubmitUpdate{Run: r, Epoch: r.Epoch, Round: r.Round, Digest: update, Wallet: c.Wallet()})
}

// Seen says which of the round's updates the wallet has and serves.
func (c *Client) Seen(ctx context.Context, r *Run, slots Slots) (Receipt, error) {
	return c.Send(ctx, Seen{Run: r, Round: r.Round, Slots: slots, Wallet: c.Wallet()})
}

// Commit commits the wallet to a ballot about the round.
func (c *Client) Commit(ctx context.Context, r *Run, b Ballot, salt [32]byte) (Receipt, error) {
	hash := BallotHash(r.Address, r.Epoch, r.Round, c.Wallet(), b, salt)
	return c.Send(ctx, CommitVote{Run: r, Round: r.Round, Hash: hash, Wallet: c.Wallet()})
}

// Reveal reveals the ballot that the wallet committed to.
func (c *Client) Reveal(ctx context.Context, r *Run, b Ballot, salt [32]byte) (Receipt, error) {
	return c.Send(ctx, RevealVote{Run: r, Round: r.Round, Ballot: b, Salt: salt, Wallet: c.Wallet()})
}

// AddStake adds to what the wallet has at stake, in base units.
func (c *Client) AddStake(ctx context.Context, r *Run, amount uint64) (Receipt, error) {
	return c.Send(ctx, AddStake{Run: r, Amount: amount, Wallet: c.Wallet()})
}

// WithdrawStake pays a member's stake back to it; the wallet itself, or anybody
// once the run is finished.
func (c *Client) WithdrawStake(ctx context.Context, r *Run, wallet solana.PublicKey, amount uint64) (Receipt, error) {
	return c.Send(ctx, WithdrawStake{Run: r, Amount: amount, Wallet: wallet, Anyone: c.Wallet()})
}

// Slash collects what is due of another member's stake.
func (c *Client) Slash(ctx context.Context, r *Run, member solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, Slash{Run: r, Wallet: member, Anyone: c.Wallet()})
}

// Claim pays the wallet points that are due, one base unit each.
func (c *Client) Claim(ctx context.Context, r *Run, points uint64) (Receipt, error) {
	return c.Send(ctx, Claim{Run: r, Points: points, Wallet: c.Wallet()})
}

// TopUp adds to the pool, from the wallet or, for tokens, from an account of its
// own; zero is the associated one.
func (c *Client) TopUp(ctx context.Context, r *Run, amount uint64, tokenAccount solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, TopUp{Run: r, Amount: amount, TokenAccount: tokenAccount, Payer: c.Wallet()})
}

// WithdrawSurplus pays the authority from the pool.
func (c *Client) WithdrawSurplus(ctx context.Context, r *Run, amount uint64) (Receipt, error) {
	return c.Send(ctx, WithdrawSurplus{Run: r, Amount: amount, Authority: c.Wallet()})
}

// Prune frees the slot of a member that is gone.
func (c *Client) Prune(ctx context.Context, v *View, slot int) (Receipt, error) {
	if slot < 0 || slot >= MaxMembers {
		return Receipt{}, ErrNotAMember
	}
	return c.Send(ctx, Prune{Run: v.Run, Slot: slot, Wallet: v.Roster.Slots[slot].Wallet, Anyone: c.Wallet()})
}

// CloseRun closes a run of the wallet.
func (c *Client) CloseRun(ctx context.Context, r *Run) (Receipt, error) {
	return c.Send(ctx, CloseRun{Run: r, Authority: c.Wallet()})
}

// CloseMember gives the rent of a member's account back to its payer.
func (c *Client) CloseMember(ctx context.Context, m *Member) (Receipt, error) {
	return c.Send(ctx, CloseMember{Run: m.Run, Wallet: m.Wallet, Payer: m.Payer, Anyone: c.Wallet()})
}

package run

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// Offsets of the fields that queries filter by. They never change.
const (
	atRunID                = 11 // the length, and the text
	atMemberRun            = 9
	atMemberWallet         = 41
	atAuthorizationGrantor = 9
)

// Run reads a run by its id.
func (c *Client) Run(ctx context.Context, id string) (*Run, error) {
	if !checkRunID(id) {
		return nil, badRunID(id)
	}
	return c.RunAt(ctx, c.addr.Run(id))
}

// RunAt reads the run at an address.
func (c *Client) RunAt(ctx context.Context, address solana.PublicKey) (*Run, error) {
	return anchor.Read(ctx, c.chain, c.addr.Program, "Run", address, DecodeRun)
}

// Runs reads all runs, ordered by id.
func (c *Client) Runs(ctx context.Context) ([]*Run, error) {
	all, err := readAll(ctx, c, "Run", bindings.Account_Run, DecodeRun)
	slices.SortFunc(all, func(a, b *Run) int { return cmp.Compare(a.ID, b.ID) })
	return all, err
}

// Member reads a wallet's account in a run. The error wraps [chain.ErrNotFound] if it
// never joined.
func (c *Client) Member(ctx context.Context, run, wallet solana.PublicKey) (*Member, error) {
	return anchor.Read(ctx, c.chain, c.addr.Program, "Member", c.addr.Member(run, wallet), DecodeMember)
}

// Members reads the accounts of all wallets that ever joined a run.
func (c *Client) Members(ctx context.Context, run solana.PublicKey) ([]*Member, error) {
	return readAll(ctx, c, "Member", bindings.Account_Member, DecodeMember, chain.Filter{Offset: atMemberRun, Bytes: run[:]})
}

// MembersOf reads the accounts of a wallet in all runs.
func (c *Client) MembersOf(ctx context.Context, wallet solana.PublicKey) ([]*Member, error) {
	return readAll(ctx, c, "Member", bindings.Account_Member, DecodeMember, chain.Filter{Offset: atMemberWallet, Bytes: wallet[:]})
}

// Authorization reads what a grantor allows a grantee under a scope.
func (c *Client) Authorization(ctx context.Context, grantor, grantee solana.PublicKey, scope [32]byte) (*Authorization, error) {
	return anchor.Read(ctx, c.chain, c.addr.Program, "Authorization", c.addr.Authorization(grantor, grantee, scope), DecodeAuthorization)
}

// Authorizations reads everything that a grantor allows.
func (c *Client) Authorizations(ctx context.Context, grantor solana.PublicKey) ([]*Authorization, error) {
	return readAll(ctx, c, "Authorization", bindings.Account_Authorization, DecodeAuthorization, chain.Filter{Offset: atAuthorizationGrantor, Bytes: grantor[:]})
}

// FindAuthorization finds an authorization that lets a wallet join a run. The error
// wraps [ErrNotAuthorized] if there is none.
func (c *Client) FindAuthorization(ctx context.Context, r *Run, wallet solana.PublicKey) (*Authorization, error) {
	for _, grantee := range []solana.PublicKey{wallet, Anybody} {
		a, err := c.Authorization(ctx, r.JoinAuthority, grantee, ScopeJoin)
		if err == nil && a.Allows(wallet, r.JoinAuthority) {
			return a, nil
		}
		if err != nil && !errors.Is(err, chain.ErrNotFound) {
			return nil, err
		}
	}
	all, err := c.Authorizations(ctx, r.JoinAuthority)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if a.Allows(wallet, r.JoinAuthority) {
			return a, nil
		}
	}
	return nil, fmt.Errorf("run %s: wallet %s: %w", r.ID, wallet, ErrNotAuthorized)
}

// Protocol reads the program's own account.
func (c *Client) Protocol(ctx context.Context) (*Protocol, error) {
	return anchor.Read(ctx, c.chain, c.addr.Program, "Protocol", c.addr.Protocol(), DecodeProtocol)
}

// View is a run as it was at one moment, with everything that rules depend on.
type View struct {
	Run     *Run
	Roster  *Roster
	Ballots *Ballots
	Now     time.Time // by the chain's clock
	Slot    uint64    // of the chain
}

// View reads a run with its roster and its ballots, as they were at one moment.
func (c *Client) View(ctx context.Context, id string) (*View, error) {
	r, err := c.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.Refresh(ctx, r)
}

// Refresh reads the run again, with its roster and ballots, in one call.
func (c *Client) Refresh(ctx context.Context, r *Run) (*View, error) {
	v, _, err := c.look(ctx, r)
	return v, err
}

// Look reads what [Client.Refresh] reads, and a wallet's account in the run as it was
// at the same moment, in one call. The account is nil if the wallet never joined; it
// may be about an earlier run of the same id, see [Member.Of].
func (c *Client) Look(ctx context.Context, r *Run, wallet solana.PublicKey) (*View, *Member, error) {
	v, more, err := c.look(ctx, r, c.addr.Member(r.Address, wallet))
	if err != nil {
		return nil, nil, err
	}
	m, err := decodeOwned(c, "Member", more[0], DecodeMember)
	if err != nil && !errors.Is(err, chain.ErrNotFound) {
		return nil, nil, err
	}
	return v, m, nil
}

// look reads the accounts of a view, and more.
func (c *Client) look(ctx context.Context, r *Run, more ...solana.PublicKey) (*View, []chain.Account, error) {
	accounts, err := c.chain.Accounts(ctx, append([]solana.PublicKey{r.Address, r.Roster, c.addr.Ballots(r.Address), solana.SysVarClockPubkey}, more...)...)
	if err != nil {
		return nil, nil, err
	}
	v := &View{Slot: accounts[3].Slot}
	if v.Run, err = decodeOwned(c, "Run", accounts[0], DecodeRun); err != nil {
		return nil, nil, err
	}
	if v.Roster, err = decodeOwned(c, "Roster", accounts[1], DecodeRoster); err != nil {
		return nil, nil, err
	}
	if v.Ballots, err = decodeOwned(c, "Ballots", accounts[2], DecodeBallots); err != nil {
		return nil, nil, err
	}
	v.Now, err = chain.DecodeClock(accounts[3])
	return v, accounts[4:], err
}

// decodeOwned decodes an account that the program owns.
func decodeOwned[T any](c *Client, kind string, a chain.Account, decode func(solana.PublicKey, []byte) (*T, error)) (*T, error) {
	switch {
	case a.Owner == solana.SystemProgramID && len(a.Data) == 0: // nothing, or lamports that somebody sent there
		return nil, &chain.AccountError{Kind: kind, Address: a.Address, Reason: chain.ErrNotFound}
	case a.Owner != c.addr.Program:
		return nil, &chain.AccountError{Kind: kind, Address: a.Address, Reason: chain.ErrWrongOwner}
	}
	return decode(a.Address, a.Data)
}

func readAll[T any](ctx context.Context, c *Client, kind string, discriminator [8]byte, decode func(solana.PublicKey, []byte) (*T, error), filters ...chain.Filter) ([]*T, error) {
	q := chain.Query{Program: c.addr.Program, Filters: append([]chain.Filter{{Bytes: discriminator[:]}}, filters...)}
	found, _, err := chain.Scan(ctx, c.chain, q, func(a chain.Account) (*T, error) { return decode(a.Address, a.Data) })
	return found, anchor.OfKind(kind, err)
}

// Hints calls hint whenever the websocket reports a change of a run, and whenever it
// begins or stops to report, until ctx ends: for callers that poll the chain and
// would rather not wait for the next poll. A tick that moves nothing writes the run,
// and is no change. Without a websocket it only waits for ctx. Nothing is left running
// when it returns.
func (c *Client) Hints(ctx context.Context, id string, hint func()) {
	name := append([]byte{byte(len(id))}, id...)
	q := chain.Query{Program: c.addr.Program, Filters: []chain.Filter{{Bytes: bindings.Account_Run[:]}, {Offset: atRunID, Bytes: name}}}
	var last []byte
	c.chain.Subscribe(ctx, q, func(n chain.Notice) {
		var now []byte // nil where it is not known: what came in between may be missed
		if n.Account != nil {
			now = n.Account.Data
		}
		if now == nil || !bytes.Equal(now, last) {
			hint()
		}
		last = now
	})
}

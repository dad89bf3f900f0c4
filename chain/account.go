package chain

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
)

// Account is an account as it is on chain.
type Account struct {
	Address  solana.PublicKey // where it is
	Owner    solana.PublicKey // the program that may change its data
	Lamports uint64           // that it holds, its rent included
	Data     []byte           // as the owner laid it out; empty for a wallet
	Slot     uint64           // of the node's view, 0 if it did not say
}

// Reasons of an [AccountError].
var (
	// ErrNotFound: the account does not exist. It was never created, or was closed.
	ErrNotFound = errors.New("no such account")
	// ErrWrongOwner: the account belongs to another program.
	ErrWrongOwner = errors.New("the account belongs to another program")
	// ErrWrongType: the account is one of the program's, but of another type.
	ErrWrongType = errors.New("the account is of another type")
	// ErrShortAccount: the account ends before its last field.
	ErrShortAccount = errors.New("the account is too short")
	// ErrBadAccount: a field has a value that the program never writes.
	ErrBadAccount = errors.New("the account holds an impossible value")
)

// AccountError says which account could not be read, and why. [errors.Is] finds
// the reason.
type AccountError struct {
	Kind    string           // such as "Round"; empty if unknown
	Address solana.PublicKey // of the account
	Reason  error            // why it could not be read, such as [ErrNotFound]
}

// Error implements error.
func (e *AccountError) Error() string {
	kind := e.Kind
	if kind == "" {
		kind = "account"
	}
	return fmt.Sprintf("chain: %s %s: %v", kind, e.Address, e.Reason)
}

// Unwrap returns the reason.
func (e *AccountError) Unwrap() error { return e.Reason }

// Account reads an account that must belong to the program owner; the zero key
// accepts any. The error is an [*AccountError]: [ErrNotFound] if there is no
// account, or only lamports that somebody sent to the address, [ErrWrongOwner] if
// it belongs to another program.
func (c *Client) Account(ctx context.Context, address, owner solana.PublicKey) (Account, error) {
	a, exists, err := c.lookUp(ctx, address)
	switch {
	case err != nil:
		return Account{}, err
	case !exists:
		return Account{}, &AccountError{Address: address, Reason: ErrNotFound}
	case owner.IsZero() || a.Owner == owner:
		return a, nil
	case a.Owner == solana.SystemProgramID:
		// Anybody can send lamports to an address; that does not make it an account.
		return Account{}, &AccountError{Address: address, Reason: ErrNotFound}
	}
	return Account{}, &AccountError{Address: address, Reason: ErrWrongOwner}
}

// lookUp reads an account, whoever owns it. If it does not exist, it is returned
// as an empty account of the system program.
func (c *Client) lookUp(ctx context.Context, address solana.PublicKey) (a Account, exists bool, err error) {
	out, err := c.readRPC.GetAccountInfoWithOpts(ctx, address, &rpc.GetAccountInfoOpts{Encoding: solana.EncodingBase64, Commitment: c.cfg.Commitment})
	if errors.Is(err, rpc.ErrNotFound) || err == nil && (out == nil || out.Value == nil) {
		return Account{Address: address, Owner: solana.SystemProgramID}, false, nil
	}
	if err != nil {
		return Account{}, false, fmt.Errorf("account %s: %w", address, err)
	}
	return accountOf(address, out.Value, out.Context.Slot), true, nil
}

func accountOf(address solana.PublicKey, a *rpc.Account, slot uint64) Account {
	return Account{Address: address, Owner: a.Owner, Lamports: a.Lamports, Data: a.Data.GetBinary(), Slot: slot}
}

// maxAccounts is how many accounts one call may ask for.
const maxAccounts = 100

// Accounts reads any number of accounts, whoever owns them, 100 in a call. The
// result has one entry for each address, in their order; one that does not exist
// has no lamports.
func (c *Client) Accounts(ctx context.Context, addresses ...solana.PublicKey) ([]Account, error) {
	return c.AccountParts(ctx, Part{}, addresses...)
}

// AccountParts is [Client.Accounts] for a part of each account's data, so that the
// node sends no more than that.
func (c *Client) AccountParts(ctx context.Context, part Part, addresses ...solana.PublicKey) ([]Account, error) {
	options := rpc.GetMultipleAccountsOpts{Commitment: c.cfg.Commitment, Encoding: solana.EncodingBase64}
	if !part.all() {
		options.DataSlice = &rpc.DataSlice{Offset: &part.Offset, Length: &part.Length}
	}
	out := make([]Account, 0, len(addresses))
	for keys := range slices.Chunk(addresses, maxAccounts) {
		found, err := c.readRPC.GetMultipleAccountsWithOpts(ctx, keys, &options)
		if err != nil {
			return nil, err
		}
		if found == nil || len(found.Value) != len(keys) {
			return nil, fmt.Errorf("chain: getMultipleAccounts: %w", errMalformedAnswer)
		}
		for i, a := range found.Value {
			if a == nil {
				a = &rpc.Account{Data: &rpc.DataBytesOrJSON{}}
			}
			one := accountOf(keys[i], a, found.Context.Slot)
			one.Data = part.of(one.Data)
			out = append(out, one)
		}
	}
	return out, nil
}

// Balance reads how many lamports a wallet has.
func (c *Client) Balance(ctx context.Context, wallet solana.PublicKey) (uint64, error) {
	out, err := c.readRPC.GetBalance(ctx, wallet, c.cfg.Commitment)
	if err != nil {
		return 0, err
	}
	if out == nil {
		return 0, fmt.Errorf("chain: getBalance: %w", errMalformedAnswer)
	}
	return out.Value, nil
}

// Slot reads the chain's current slot.
func (c *Client) Slot(ctx context.Context) (uint64, error) {
	return c.readRPC.GetSlot(ctx, c.cfg.Commitment)
}

// Now reads the chain's clock, which programs use. It may differ from real time by
// minutes, on a local chain by any amount.
func (c *Client) Now(ctx context.Context) (time.Time, error) {
	clock, err := c.Account(ctx, solana.SysVarClockPubkey, solana.PublicKey{})
	if err != nil {
		return time.Time{}, err
	}
	return DecodeClock(clock)
}

// DecodeClock reads the chain's time from the account of the clock
// (solana.SysVarClockPubkey): for callers who read it together with others.
func DecodeClock(clock Account) (time.Time, error) {
	const unixTimestamp = 32
	if len(clock.Data) < unixTimestamp+8 {
		return time.Time{}, &AccountError{"Clock", solana.SysVarClockPubkey, ErrShortAccount}
	}
	return time.Unix(int64(binary.LittleEndian.Uint64(clock.Data[unixTimestamp:])), 0).UTC(), nil
}

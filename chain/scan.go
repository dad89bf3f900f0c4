package chain

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/gagliardetto/solana-go"
	"github.com/mr-tron/base58"
)

// Query selects accounts of a program.
type Query struct {
	Program solana.PublicKey // that owns the accounts
	// Filters must all match; a node accepts four at most. None: all accounts of
	// the program.
	Filters []Filter
	// Part is what the node is to send of each account's data. The zero value: all
	// of it. It only concerns [Scan].
	Part Part
}

// Part is a part of an account's data. The zero value stands for all of it.
type Part struct {
	Offset uint64 // of its first byte
	Length uint64 // in bytes; a shorter account has less, or nothing
}

// all reports whether it is all of the data.
func (p Part) all() bool { return p == Part{} }

// wire is the part in the form of the RPC interface.
func (p Part) wire() map[string]any { return map[string]any{"offset": p.Offset, "length": p.Length} }

// of returns the part from what a node has sent in its place: all of the data, if it is more than
// the node was asked for.
func (p Part) of(sent []byte) []byte {
	if p.all() || uint64(len(sent)) <= p.Length {
		return sent
	}
	size := uint64(len(sent))
	start := min(p.Offset, size)
	return sent[start:min(p.Length+start, size)]
}

// Filter selects accounts that have these bytes at an offset of their data.
type Filter struct {
	Offset uint64 // in bytes
	Bytes  []byte // 128 at most
}

// Match reports whether the filter selects an account with that data.
func (f Filter) Match(data []byte) bool {
	end := f.Offset + uint64(len(f.Bytes))
	return end >= f.Offset && end <= uint64(len(data)) && string(data[f.Offset:end]) == string(f.Bytes)
}

// Match reports whether the query selects the account.
func (q Query) Match(a Account) bool {
	for _, f := range q.Filters {
		if !f.Match(a.Data) {
			return false
		}
	}
	return a.Owner == q.Program
}

// wire returns the filters in the form of the RPC interface.
func (q Query) wire() []any {
	out := make([]any, len(q.Filters))
	for i, f := range q.Filters {
		out[i] = map[string]any{"memcmp": map[string]any{"offset": f.Offset, "bytes": base58.Encode(f.Bytes)}}
	}
	return out
}

// Scan has the node search all accounts of a program for those that a query
// selects, in one call. Each account is checked against the query again, in case
// the node did not (of [Query.Filters] only those about the part that was asked
// for), and decoded as it arrives: memory holds one account's JSON at a
// time, and what decode has returned. An error of decode ends the scan. The slot is
// that of the node's view, 0 if it does not say.
//
// What it costs grows with what others create. If the answer exceeds
// [Config.MaxResponse], the error wraps [ErrTooLarge].
//
// Some public nodes refuse this call, or refuse it for some programs.
func Scan[T any](ctx context.Context, c *Client, q Query, decode func(Account) (T, error)) (found []T, slot uint64, err error) {
	slot, err = c.scan(ctx, q, func() { found = nil }, func(a Account) error {
		value, err := decode(a)
		found = append(found, value)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return found, slot, nil
}

// scan calls begin before the first account, and again if the call has to be
// repeated.
func (c *Client) scan(ctx context.Context, q Query, begin func(), each func(Account) error) (slot uint64, err error) {
	options := map[string]any{"encoding": "base64", "commitment": c.cfg.Commitment, "filters": q.wire(), "withContext": true}
	if !q.Part.all() {
		options["dataSlice"] = q.Part.wire()
	}
	params := []any{q.Program.String(), options}
	err = c.readRPC.RPCCallWithCallback(ctx, "getProgramAccounts", params, func(_ *http.Request, resp *http.Response) error {
		begin()
		s := scanner{json: json.NewDecoder(resp.Body), each: func(w wireAccount) error {
			a, err := w.verified(q)
			if err == nil {
				err = each(a)
			}
			if err != nil {
				return permanent{err}
			}
			return nil
		}}
		err := s.answer()
		if err != nil && resp.StatusCode >= 400 {
			return &statusError{resp.StatusCode, -1}
		}
		slot = s.slot
		return err
	})
	var bad permanent
	if errors.As(err, &bad) {
		return 0, bad.error
	}
	return slot, err
}

// permanent marks an error that asking again cannot fix.
type permanent struct{ error }

// Unwrap returns the error.
func (p permanent) Unwrap() error { return p.error }

// wireAccount is an account in the JSON of the RPC interface.
type wireAccount struct {
	Pubkey  string `json:"pubkey"`
	Account struct {
		Lamports uint64    `json:"lamports"`
		Owner    string    `json:"owner"`
		Data     [2]string `json:"data"` // text, encoding
	} `json:"account"`
}

// account decodes it, whoever owns the account.
func (w wireAccount) account() (Account, error) {
	address, err := parseKey(w.Pubkey)
	if err != nil || w.Account.Data[1] != "base64" {
		return Account{}, errMalformedAnswer
	}
	owner, err := parseKey(w.Account.Owner)
	if err != nil {
		return Account{}, errMalformedAnswer
	}
	data, err := base64.StdEncoding.DecodeString(w.Account.Data[0])
	if err != nil {
		return Account{}, errMalformedAnswer
	}
	return Account{Address: address, Owner: owner, Lamports: w.Account.Lamports, Data: data}, nil
}

// verified decodes it, and fails unless the query selects the account.
func (w wireAccount) verified(q Query) (Account, error) {
	a, err := w.account()
	switch {
	case err != nil:
		return Account{}, fmt.Errorf("chain: getProgramAccounts: %w", err)
	case a.Owner != q.Program:
		return Account{}, &AccountError{Address: a.Address, Reason: ErrWrongOwner}
	}
	if q.Part.all() && !q.Match(a) || !q.Part.all() && !q.matchesPart(&a) {
		return Account{}, &AccountError{Address: a.Address, Reason: ErrWrongType}
	}
	return a, nil
}

// matchesPart cuts the account's data to the part, and reports whether the filters that are about nothing else select
// it.
func (q Query) matchesPart(a *Account) bool {
	a.Data = q.Part.of(a.Data)
	for _, f := range q.Filters {
		inside := f.Offset >= q.Part.Offset && f.Offset+uint64(len(f.Bytes)) <= q.Part.Offset+q.Part.Length
		if inside && !(Filter{f.Offset - q.Part.Offset, f.Bytes}).Match(a.Data) {
			return false
		}
	}
	return true
}

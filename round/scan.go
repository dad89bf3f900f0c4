package round

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
	"github.com/mr-tron/base58"
)

// errRubbish: the node's answer is JSON, but not of the expected form.
var errRubbish = errors.New("the node's answer makes no sense")

// scanned is an account that a scan has found.
type scanned struct {
	address solana.PublicKey
	data    []byte
}

// wireAccount is an account as it stands in JSON.
type wireAccount struct {
	Pubkey  string `json:"pubkey"`
	Account struct {
		Owner string    `json:"owner"`
		Data  [2]string `json:"data"` // text, encoding
	} `json:"account"`
}

// scan has the node look through all of the program's accounts for those that
// begin with the discriminator and pass the filters. Each is decoded as it
// arrives, so that what is held at a time is one account's JSON and what the
// caller keeps; begin is called before the first, and again should the call be
// repeated. The slot is that of the node's view, 0 where it does not say.
func (c *Client) scan(ctx context.Context, kind string, discriminator [8]byte, filters []rpc.RPCFilter, begin func(), each func(scanned) error) (slot uint64, err error) {
	filters = append([]rpc.RPCFilter{compare(0, discriminator[:])}, filters...)
	params := []any{c.addr.Program.String(), map[string]any{
		"encoding": "base64", "commitment": c.cfg.Commitment, "filters": wireFilters(filters), "withContext": true,
	}}
	err = c.rpc.RPCCallWithCallback(ctx, "getProgramAccounts", params, func(_ *http.Request, resp *http.Response) error {
		begin()
		s := scanner{json: json.NewDecoder(resp.Body), each: func(w wireAccount) error {
			found, err := c.found(kind, w, filters)
			if err != nil {
				return permanent{err}
			}
			if err := each(found); err != nil {
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

// permanent marks an error that asking again would not mend.
type permanent struct{ error }

// Unwrap returns the error.
func (p permanent) Unwrap() error { return p.error }

// found checks an account against what was asked for: a node may have forgotten
// to.
func (c *Client) found(kind string, w wireAccount, filters []rpc.RPCFilter) (scanned, error) {
	address, err := solana.PublicKeyFromBase58(w.Pubkey)
	if err != nil || w.Account.Data[1] != "base64" {
		return scanned{}, fmt.Errorf("round: getProgramAccounts: %w", errRubbish)
	}
	if w.Account.Owner != c.addr.Program.String() {
		return scanned{}, &AccountError{kind, address, ErrWrongOwner}
	}
	data, err := base64.StdEncoding.DecodeString(w.Account.Data[0])
	if err != nil {
		return scanned{}, fmt.Errorf("round: getProgramAccounts: %w", errRubbish)
	}
	for _, f := range filters {
		end := f.Memcmp.Offset + uint64(len(f.Memcmp.Bytes))
		if end > uint64(len(data)) || string(data[f.Memcmp.Offset:end]) != string(f.Memcmp.Bytes) {
			return scanned{}, &AccountError{kind, address, ErrWrongType}
		}
	}
	return scanned{address, data}, nil
}

// wireFilters are filters as they stand in JSON.
func wireFilters(filters []rpc.RPCFilter) []any {
	out := make([]any, len(filters))
	for i, f := range filters {
		out[i] = map[string]any{"memcmp": map[string]any{"offset": f.Memcmp.Offset, "bytes": base58.Encode(f.Memcmp.Bytes)}}
	}
	return out
}

// scanner reads the answer to getProgramAccounts token by token.
type scanner struct {
	json *json.Decoder
	each func(wireAccount) error
	slot uint64
}

// answer reads {"result": …} or {"error": …}, whatever else is there.
func (s *scanner) answer() error {
	given := false
	err := s.object(func(key string) error {
		switch key {
		case "result":
			given = true
			return s.result()
		case "error":
			given = true
			refusal := new(jsonrpc.RPCError)
			if err := s.json.Decode(refusal); err != nil {
				return err
			}
			return refusal
		}
		return s.skip()
	})
	if err == nil && !given {
		err = errRubbish
	}
	return err
}

// result reads [account, …] or {"context": {"slot": …}, "value": [account, …]}.
func (s *scanner) result() error {
	open, err := s.json.Token()
	if err != nil {
		return err
	}
	switch open {
	case json.Delim('['):
		return s.accounts()
	case json.Delim('{'):
		return s.fields(func(key string) error {
			switch key {
			case "context":
				var at struct {
					Slot uint64 `json:"slot"`
				}
				err := s.json.Decode(&at)
				s.slot = at.Slot
				return err
			case "value":
				if open, err := s.json.Token(); err != nil || open != json.Delim('[') {
					return errors.Join(errRubbish, err)
				}
				return s.accounts()
			}
			return s.skip()
		})
	}
	return errRubbish
}

// accounts reads the rest of an array.
func (s *scanner) accounts() error {
	for s.json.More() {
		var w wireAccount
		if err := s.json.Decode(&w); err != nil {
			return err
		}
		if err := s.each(w); err != nil {
			return err
		}
	}
	_, err := s.json.Token()
	return err
}

// object reads an object, value by value.
func (s *scanner) object(value func(key string) error) error {
	open, err := s.json.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return errRubbish
	}
	return s.fields(value)
}

// fields reads the rest of an object.
func (s *scanner) fields(value func(key string) error) error {
	for s.json.More() {
		key, err := s.json.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if err := value(name); err != nil {
			return err
		}
	}
	_, err := s.json.Token()
	return err
}

func (s *scanner) skip() error {
	var ignored json.RawMessage
	return s.json.Decode(&ignored)
}

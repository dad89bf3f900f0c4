package chain

import (
	"encoding/json"
	"errors"

	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

// errMalformedAnswer: the node's answer is JSON, but not of the expected form.
var errMalformedAnswer = errors.New("the node's answer is not of the expected form")

// scanner reads the answer to getProgramAccounts token by token.
type scanner struct {
	json *json.Decoder
	each func(wireAccount) error
	slot uint64
}

// answer reads {"result": …} or {"error": …} and skips other keys.
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
		err = errMalformedAnswer
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
					return errors.Join(errMalformedAnswer, err)
				}
				return s.accounts()
			}
			return s.skip()
		})
	}
	return errMalformedAnswer
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
		return errMalformedAnswer
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

package view

import (
	"bytes"
	"context"
	"crypto/sha256"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
)

// Account is an account of any kind.
type Account struct {
	Chain    Chain   `json:"chain"`
	Address  string  `json:"address"`
	Exists   bool    `json:"exists"`
	Lamports Amount  `json:"lamports"`
	Owner    string  `json:"owner"` // the program that may change it
	Size     int     `json:"size"`  // of its data, bytes
	Kind     string  `json:"kind"`  // what it is, as far as it is known
	Fields   []Field `json:"fields"`
}

// Account reads an account.
func (r *Reader) Account(ctx context.Context, text string) (Account, error) {
	key, err := addressOf(text)
	if err != nil {
		return Account{}, err
	}
	c, err := r.chain(ctx)
	if err != nil {
		return Account{}, err
	}
	found, err := r.Chain.Accounts(ctx, key)
	if err != nil {
		return Account{}, err
	}
	a := found[0]
	v := Account{Chain: c, Address: key.String(), Exists: a.Lamports > 0, Lamports: Amount(a.Lamports), Owner: a.Owner.String(), Size: len(a.Data), Fields: []Field{}}
	var decoded any
	v.Kind, decoded = r.decode(a)
	if decoded != nil {
		v.Fields = fieldsOf(decoded)
	}
	return v, nil
}

// kind is an account's name with what decodes it.
type kind struct {
	name   string
	decode func(solana.PublicKey, []byte) (any, error)
}

func as[T any](name string, decode func(solana.PublicKey, []byte) (*T, error)) kind {
	return kind{name, func(key solana.PublicKey, data []byte) (any, error) {
		v, err := decode(key, data)
		if err != nil {
			return nil, err
		}
		return v, nil
	}}
}

var roundKinds = []kind{
	as("round", round.DecodeRound), as("vault of a round", round.DecodeVault), as("submission", round.DecodeGradient),
	as("score of a base", round.DecodePreValidation), as("score of a submission", round.DecodePostValidation),
	as("commitment to a score", round.DecodeCommitment), as("stake of a validator", round.DecodeStake),
	as("rating of a trainer", round.DecodeProfile), as("mark of a slash", round.DecodeUnopened), as("source of a submission", round.DecodeSource), as("the round program's parameters", round.DecodeCounter),
}

var runKinds = []kind{
	as("run", run.DecodeRun), as("roster of a run", run.DecodeRoster), as("ballots of a run", run.DecodeBallots), as("member of a run", run.DecodeMember),
	{"vault of a run", runVault},
	as("authorization", run.DecodeAuthorization), as("the run program's parameters", run.DecodeProtocol),
}

// runVault knows a run's vault of SOL by how its data begins: there is nothing in it but the run's address.
func runVault(_ solana.PublicKey, data []byte) (any, error) {
	if mark := sha256.Sum256([]byte("account:Vault")); len(data) < 8 || !bytes.Equal(data[:8], mark[:8]) {
		return nil, chain.ErrBadAccount
	}
	return nil, nil
}

// decode says what an account is.
func (r *Reader) decode(a chain.Account) (name string, decoded any) {
	kinds, otherwise := []kind(nil), "account of another program"
	switch {
	case a.Lamports == 0:
		return "nothing: no account is here", nil
	case r.Rounds != nil && a.Owner == r.Rounds.Addresses().Program:
		kinds, otherwise = roundKinds, "account of the round program that cannot be read: another version wrote it, or it is damaged"
	case r.Runs != nil && a.Owner == r.Runs.Addresses().Program:
		kinds, otherwise = runKinds, "account of the run program that cannot be read: another version wrote it, or it is damaged"
	case a.Owner == solana.SystemProgramID && len(a.Data) == 0:
		return "wallet", nil
	}
	for _, k := range kinds {
		if v, err := k.decode(a.Address, a.Data); err == nil {
			return k.name, v
		}
	}
	return otherwise, nil
}

package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
)

// ErrDryRun is what a client with a [Config.DryRun] returns in place of a receipt: nothing
// was sent, and the transaction would have succeeded.
var ErrDryRun = errors.New("chain: a dry run: nothing was sent")

// DryRun is what a transaction would do that was not sent ([Config.DryRun]).
type DryRun struct {
	// Simulation has what the transaction would use and log, or what it had until it failed.
	Simulation
	// Programs are those of the instructions, in their order.
	Programs []solana.PublicKey
	// Signatures is how many the transaction needs, the wallet's included.
	Signatures int
	// Fee is the most lamports that the transaction would cost beside what its instructions
	// move: the chain's fee and the priority fee.
	Fee uint64
	// Balances are the accounts whose lamports would change, the fee and rent included, in
	// the transaction's order: the wallet's is the first. Empty where it would fail.
	Balances []BalanceChange
	// Err is why the transaction would fail: the error that sending it would return. Nil: it
	// would succeed.
	Err error
}

// BalanceChange is what would become of an account's lamports.
type BalanceChange struct {
	Account solana.PublicKey
	Owner   solana.PublicKey // afterwards; before, where the account would be closed
	// Before and After are lamports. 0 before: the account would be created, and what it has
	// then is its rent and what is paid into it; 0 after: it would be closed.
	Before, After uint64
}

// Cost is how many lamports fewer an account would have; negative: more.
func (d DryRun) Cost(account solana.PublicKey) int64 {
	for _, b := range d.Balances {
		if b.Account == account {
			return int64(b.Before) - int64(b.After)
		}
	}
	return 0
}

// rehearse has the node try what was to be sent, and tells the config's DryRun.
func (c *Client) rehearse(ctx context.Context, instructions []solana.Instruction) error {
	d := DryRun{Programs: programIDs(instructions)}
	price := c.price(ctx, slices.Concat(c.written(instructions), []solana.PublicKey{c.Wallet()}), 0)
	all := append(c.budget(price), instructions...)
	tx, err := solana.NewTransaction(all, solana.Hash{}, solana.TransactionPayer(c.Wallet()))
	if err != nil {
		return fmt.Errorf("chain: make transaction: %w", err)
	}
	d.Signatures = int(tx.Message.Header.NumRequiredSignatures)
	d.Fee = lamportsPerSignature*uint64(d.Signatures) + priorityFee(c.units(len(all)), price)
	var written []solana.PublicKey
	for _, key := range tx.Message.AccountKeys {
		if writable, err := tx.Message.IsWritable(key); err == nil && writable {
			written = append(written, key)
		}
	}
	before, err := c.AccountParts(ctx, Part{Offset: 0, Length: 1}, written...)
	if err != nil {
		return err
	}
	out, err := c.simulate(ctx, tx, written)
	if err != nil {
		return err
	}
	d.Simulation = simulationOf(out)
	if d.Err = c.refusal(out.Err, programIDs(all), d.Logs); d.Err != nil {
		c.cfg.DryRun(d)
		return d.Err
	}
	if len(out.Accounts) != len(written) {
		return fmt.Errorf("chain: simulateTransaction: %d accounts, %d were asked for: %w", len(out.Accounts), len(written), errMalformedAnswer)
	}
	for i, a := range out.Accounts {
		change := BalanceChange{Account: written[i], Owner: before[i].Owner, Before: before[i].Lamports}
		if a != nil && a.Lamports > 0 {
			change.Owner, change.After = a.Owner, a.Lamports
		}
		if change.Before != change.After {
			d.Balances = append(d.Balances, change)
		}
	}
	c.cfg.DryRun(d)
	return ErrDryRun
}

// units is how many compute units a transaction of so many instructions may use.
func (c *Client) units(instructions int) uint64 {
	if n := c.cfg.ComputeUnits; n > 0 {
		return uint64(n)
	}
	return min(maxComputeUnits, 200_000*uint64(instructions))
}

// simulate has the node try a transaction that is not signed; it puts in a blockhash of its
// own. It shows these accounts as they would be.
func (c *Client) simulate(ctx context.Context, tx *solana.Transaction, shown []solana.PublicKey) (*rpc.SimulateTransactionResult, error) {
	tx.Signatures = make([]solana.Signature, tx.Message.Header.NumRequiredSignatures)
	opts := rpc.SimulateTransactionOpts{ReplaceRecentBlockhash: true, Commitment: c.cfg.Commitment}
	if len(shown) > 0 {
		opts.Accounts = &rpc.SimulateTransactionAccountsOpts{Encoding: solana.EncodingBase64, Addresses: shown}
	}
	out, err := c.readRPC.SimulateTransactionWithOpts(ctx, tx, &opts)
	if err != nil {
		return nil, err
	}
	if out == nil || out.Value == nil {
		return nil, fmt.Errorf("chain: simulateTransaction: %w", errMalformedAnswer)
	}
	return out.Value, nil
}

func simulationOf(out *rpc.SimulateTransactionResult) Simulation {
	s := Simulation{Logs: out.Logs}
	if out.UnitsConsumed != nil {
		s.ComputeUnits = *out.UnitsConsumed
	}
	return s
}

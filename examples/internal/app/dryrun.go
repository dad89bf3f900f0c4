package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// rehearsal is what a command with --dry-run would do.
type rehearsal struct {
	mu     sync.Mutex
	wallet solana.PublicKey
	all    []chain.DryRun
	result any // what the command shows before anything would be sent
	text   func(io.Writer)
	later  []string
}

// DryRunView is what a command with --dry-run would do, whatever the command. Amounts are
// lamports.
type DryRunView struct {
	DryRun   bool   `json:"dry_run"` // always true
	Command  string `json:"command"`
	Succeeds bool   `json:"succeeds"`
	Wallet   string `json:"wallet,omitempty"`
	// Fees is the most that the transactions cost, Change what becomes of the wallet's
	// balance, fees and rent included.
	Fees         uint64           `json:"fees_lamports"`
	Change       int64            `json:"wallet_change_lamports"`
	Transactions []DryTransaction `json:"transactions"`
	// Later are transactions that would follow, but cannot be tried before those are sent:
	// what they are for. Their fees are in no sum.
	Later  []string `json:"later,omitempty"`
	Result any      `json:"result,omitempty"` // of what the command shows before it sends
}

// DryTransaction is a transaction that was not sent.
type DryTransaction struct {
	Succeeds     bool         `json:"succeeds"`
	Error        string       `json:"error,omitempty"`
	Programs     []string     `json:"programs"` // of its instructions
	Signatures   int          `json:"signatures"`
	ComputeUnits uint64       `json:"compute_units"`
	Fee          uint64       `json:"fee_lamports"`
	Balances     []DryBalance `json:"balances"`
	Logs         []string     `json:"logs"`
}

// DryBalance is an account whose lamports would change.
type DryBalance struct {
	Account string `json:"account"`
	Owner   string `json:"owner"` // the program that it belongs to
	Before  uint64 `json:"before_lamports"`
	After   uint64 `json:"after_lamports"`
	Change  int64  `json:"change_lamports"`
	About   string `json:"about,omitempty"`
}

// Spends declares that a command sends transactions, and gives it a --dry-run.
func Spends(cmd Command) Command {
	bind := cmd.Bind
	cmd.sends = true
	cmd.Bind = func(fs *flag.FlagSet) Action {
		dry := fs.Bool("dry-run", false, "send nothing, and need no passphrase: show what would be sent and cost, what becomes of balances, and whether it would succeed (exit status 0 or 1)")
		do := bind(fs)
		return func(ctx context.Context, c *Call) error {
			if !*dry {
				return do(ctx, c)
			}
			c.dry = &rehearsal{}
			return c.rehearsed(do(ctx, c))
		}
	}
	return cmd
}

// Serves declares that a command sends transactions by itself, as they fall due, until it is
// stopped: what those will be, no dry run could show.
func Serves(cmd Command) Command {
	cmd.sends = true
	return cmd
}

// Sends reports whether a command was declared to send transactions.
func (c Command) Sends() bool { return c.sends }

// Dry reports whether this is a dry run, in which a command changes nothing.
func (c *Call) Dry() bool { return c.dry != nil }

// DryLater notes in a dry run that a transaction would follow which cannot be tried, and
// what it is for.
func (c *Call) DryLater(what string) {
	if c.dry != nil {
		c.dry.later = append(c.dry.later, what)
	}
}

// Guard has a client with this configuration send nothing in a dry run, and sign nothing for
// a command that was not declared to send.
func (c *Call) Guard(cfg *chain.Config) {
	if cfg.Signer != nil && !c.sends {
		cfg.Signer = onlooker{cfg.Signer.PublicKey(), c.Name}
	}
	if c.dry == nil {
		return
	}
	if cfg.Signer != nil {
		c.dry.wallet = cfg.Signer.PublicKey()
	}
	cfg.DryRun = func(d chain.DryRun) {
		c.dry.mu.Lock()
		defer c.dry.mu.Unlock()
		c.dry.all = append(c.dry.all, d)
	}
}

// onlooker is the wallet of a command that only reads.
type onlooker struct {
	address solana.PublicKey
	command string
}

// PublicKey implements [chain.Signer].
func (o onlooker) PublicKey() solana.PublicKey { return o.address }

// Sign implements [chain.Signer].
func (o onlooker) Sign(context.Context, []byte) (solana.Signature, error) {
	return solana.Signature{}, fmt.Errorf("%s only reads, and was about to sign a transaction: please report this", o.command)
}

// keep notes what a command shows before anything would be sent; what it would show
// afterwards is about what did not happen.
func (r *rehearsal) keep(v any, text func(io.Writer)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		r.result, r.text = v, text
	}
}

// rehearsed shows what a command would have done that ended with err.
func (c *Call) rehearsed(err error) error {
	r := c.dry
	c.dry = nil // what follows is shown
	if err == nil || onlyDry(err) {
		err = nil
	} else if len(r.all) == 0 && r.result == nil {
		return err // there is nothing to show
	}
	v := r.view(c.Name, err == nil)
	return errors.Join(err, c.Print(v, func(w io.Writer) {
		if r.text != nil {
			r.text(w)
		}
		v.write(w)
	}))
}

// onlyDry reports whether nothing is wrong but that nothing was sent.
func onlyDry(err error) bool {
	switch e := err.(type) { //nolint:errorlint // each of several is looked at
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if !onlyDry(one) {
				return false
			}
		}
		return true
	case interface{ Unwrap() error }:
		return onlyDry(e.Unwrap())
	}
	return err == chain.ErrDryRun //nolint:errorlint // it is the innermost one
}

// view shows the transactions that would succeed, and if the command would fail those that
// would not.
func (r *rehearsal) view(command string, succeeds bool) DryRunView {
	v := DryRunView{DryRun: true, Command: command, Succeeds: succeeds, Transactions: []DryTransaction{}, Later: r.later, Result: r.result}
	if !r.wallet.IsZero() {
		v.Wallet = r.wallet.String()
	}
	for _, d := range r.all {
		if d.Err != nil && succeeds { // it was no failure of the command's, such as that there is nothing to withdraw
			continue
		}
		t := DryTransaction{Succeeds: d.Err == nil, Signatures: d.Signatures, ComputeUnits: d.ComputeUnits, Fee: d.Fee, Balances: []DryBalance{}, Logs: []string{}}
		if d.Err != nil {
			t.Error = message(d.Err)
		} else {
			v.Fees += d.Fee
			v.Change -= d.Cost(r.wallet)
		}
		for _, p := range d.Programs {
			t.Programs = append(t.Programs, p.String())
		}
		for _, line := range d.Logs {
			t.Logs = append(t.Logs, Plain(line))
		}
		for _, b := range d.Balances {
			t.Balances = append(t.Balances, DryBalance{b.Account.String(), b.Owner.String(), b.Before, b.After, int64(b.After) - int64(b.Before), r.about(b)})
		}
		v.Transactions = append(v.Transactions, t)
	}
	return v
}

// about says what an account is, as far as that can be seen.
func (r *rehearsal) about(b chain.BalanceChange) string {
	switch {
	case b.Account == r.wallet:
		return "your wallet"
	case b.Before == 0:
		return "created"
	case b.After == 0:
		return "closed"
	case b.Owner == solana.SystemProgramID:
		return "a wallet"
	}
	return "the program's"
}

func (v DryRunView) write(w io.Writer) {
	fmt.Fprintf(w, "Dry run of %s: nothing was sent.\n", v.Command)
	for i, t := range v.Transactions {
		state := "would succeed"
		if !t.Succeeds {
			state = "would fail: " + t.Error
		}
		fmt.Fprintf(w, "Transaction %d %s\n", i+1, state)
		pairs := []string{"Fee", chain.FormatSOL(t.Fee) + " SOL at most", "Compute units", fmt.Sprint(t.ComputeUnits)}
		for _, p := range t.Programs {
			pairs = append(pairs, "Instruction of", p)
		}
		Fields(w, pairs...)
		var rows [][]string
		for _, b := range t.Balances {
			rows = append(rows, []string{b.Account, b.About, chain.FormatSOL(b.Before), chain.FormatSOL(b.After), signedSOL(b.Change)})
		}
		if len(rows) > 0 {
			Table(w, "ACCOUNT WHAT BEFORE AFTER CHANGE", rows)
		}
	}
	for _, what := range v.Later {
		fmt.Fprintf(w, "One more would follow, which cannot be tried before that is sent: %s. Its fee is not in the sum.\n", Plain(what))
	}
	switch {
	case len(v.Transactions) == 0 && v.Succeeds:
		fmt.Fprintln(w, "No transaction would be sent.")
	case v.Succeeds:
		fmt.Fprintf(w, "Your wallet: %s SOL, of which fees are %s SOL at most.\n", signedSOL(v.Change), chain.FormatSOL(v.Fees))
	}
}

// signedSOL is a change in SOL, with its sign.
func signedSOL(lamports int64) string {
	if lamports < 0 {
		return "-" + chain.FormatSOL(uint64(-lamports))
	}
	return "+" + chain.FormatSOL(uint64(lamports))
}

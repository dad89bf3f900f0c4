package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// BalanceCommand shows what the wallet has.
func BalanceCommand() Command {
	return Command{Name: "balance", Summary: "show the wallet's balance", Bind: func(*flag.FlagSet) Action {
		return withConfig(func(ctx context.Context, c *Call, cfg Config) error {
			rounds, err := c.Chain(cfg.Base())
			if err != nil {
				return err
			}
			defer rounds.Chain().Close()
			signer, err := c.Signer(cfg.Base())
			if err != nil {
				return err
			}
			c.noteAddress(signer)
			wallet := signer.PublicKey()
			lamports, err := rounds.Chain().Balance(ctx, wallet)
			if err != nil {
				return err
			}
			view := map[string]any{"wallet": wallet.String(), "lamports": lamports}
			return c.Print(view, func(w io.Writer) { fmt.Fprintf(w, "%s SOL in %s\n", chain.FormatSOL(lamports), wallet) })
		})
	}}
}

// Status is how an app stands.
type Status struct {
	Wallet   string `json:"wallet"`
	Lamports uint64 `json:"lamports"`
	Network  string `json:"network"`
	Program  string `json:"program_id"`
	Ready    bool   `json:"program_ready"` // it is there and set up
	Rounds   uint64 `json:"rounds"`        // ever created under it
	Publish  string `json:"publishes_to"`
	Read     string `json:"reads_from"`
	Nodes    []Node `json:"nodes,omitempty"` // where there are several

	more []string
}

// Node is how an RPC node does.
type Node struct {
	Host   string `json:"host"`
	Height uint64 `json:"height,omitempty"` // of its chain, in blocks
	Millis int64  `json:"milliseconds"`     // until it answered, or failed
	Error  string `json:"error,omitempty"`
}

func (n Node) String() string {
	if n.Error != "" {
		return n.Host + ": " + n.Error
	}
	return fmt.Sprintf("%s: at block %d, answered in %d ms", n.Host, n.Height, n.Millis)
}

// nodes are those of a client that has several.
func nodes(ctx context.Context, c *chain.Client, s *Common) (all []Node) {
	if len(s.MoreRPC) == 0 {
		return nil
	}
	for _, n := range c.Nodes(ctx) {
		node := Node{Host: n.Host, Height: n.Height, Millis: n.Latency.Milliseconds()}
		if n.Err != nil {
			node.Error = message(n.Err)
		}
		all = append(all, node)
	}
	return all
}

// Add adds a line to what is shown of the status.
func (s *Status) Add(name, value string) { s.more = append(s.more, name, value) }

// ReadStatus finds out how the app stands. A wallet or a program that is not
// there is a status, a chain that cannot be reached an error.
func (c *Call) ReadStatus(ctx context.Context, s *Common, rounds *round.Client) (Status, error) {
	st := Status{Wallet: "none", Network: rounds.Chain().Network().Name, Program: rounds.Addresses().Program.String()}
	wallet, err := c.Signer(s)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return st, err
	default:
		c.noteAddress(wallet)
		st.Wallet = wallet.PublicKey().String()
		if st.Lamports, err = rounds.Chain().Balance(ctx, wallet.PublicKey()); err != nil {
			return st, err
		}
	}
	counter, err := c.Program(ctx, rounds)
	switch {
	case errors.Is(err, chain.ErrNotFound):
	case err != nil:
		return st, err
	default:
		st.Ready, st.Rounds = true, counter.Count
	}
	st.Publish, st.Read = c.places(s)
	st.Nodes = nodes(ctx, rounds.Chain(), s)
	return st, nil
}

// Write shows a status.
func (s Status) Write(w io.Writer) {
	program := s.Program
	if !s.Ready {
		program += " (not there, or not set up)"
	}
	pairs := []string{"Wallet", s.Wallet, "Balance", chain.FormatSOL(s.Lamports) + " SOL", "Network", s.Network}
	for i, n := range s.Nodes {
		pairs = append(pairs, fmt.Sprintf("Node %d", i+1), n.String())
	}
	pairs = append(pairs, "Program", program, "Rounds so far", fmt.Sprint(s.Rounds), "Publishes to", dash(s.Publish), "Reads from", dash(s.Read))
	Fields(w, append(pairs, s.more...)...)
}

// HasWallet reports whether there is a wallet behind the status.
func (s Status) HasWallet() (solana.PublicKey, bool) {
	key, err := solana.PublicKeyFromBase58(s.Wallet)
	return key, err == nil
}

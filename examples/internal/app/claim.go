package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
)

// ClaimCommand claims from the round that it names, or from all. load reads the
// app's settings.
func ClaimCommand[C Config](summary string, load func(*Call) (C, error)) Command {
	return Spends(Command{Name: "claim", Args: "[round_id]", Summary: summary, Bind: func(*flag.FlagSet) Action {
		return func(ctx context.Context, c *Call) error {
			return WithClient(c, load, func(_ C, client *decloud.Client) error { return c.claim(ctx, client) })
		}
	}})
}

// claimView is what one round paid, as it is shown.
type claimView struct {
	Round      uint64   `json:"round_id"`
	Lamports   uint64   `json:"lamports"`
	Signatures []string `json:"signatures"`
}

func (c *Call) claim(ctx context.Context, client *decloud.Client) error {
	paid, failed := c.claimed(ctx, client)
	views := []claimView{}
	for _, p := range paid {
		v := claimView{Round: p.RoundID, Lamports: p.Lamports}
		for _, r := range p.Receipts {
			v.Signatures = append(v.Signatures, r.Signature.String())
		}
		views = append(views, v)
	}
	return errors.Join(failed, c.Print(views, func(w io.Writer) {
		if len(views) == 0 && failed == nil {
			fmt.Fprintln(w, "nothing to claim")
		}
		for _, v := range views {
			fmt.Fprintf(w, "#%d paid %s SOL in %d transactions\n", v.Round, chain.FormatSOL(v.Lamports), len(v.Signatures))
		}
	}))
}

// claimed claims, and returns the rounds that paid, also beside an error.
func (c *Call) claimed(ctx context.Context, client *decloud.Client) ([]decloud.Claimed, error) {
	if len(c.Args) == 0 {
		return client.ClaimAll(ctx)
	}
	id, err := ParseRoundID(c.Args[0])
	if err != nil {
		return nil, err
	}
	paid, err := client.Claim(ctx, id)
	if len(paid.Receipts) == 0 {
		return nil, err
	}
	return []decloud.Claimed{paid}, err
}

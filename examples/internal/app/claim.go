package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// claimed is what one round paid.
type claimed struct {
	Round      uint64   `json:"round_id"`
	Lamports   uint64   `json:"lamports"`
	Signatures []string `json:"signatures"`
}

// Claim claims from the round that the command names, or from all that open
// names and that are finalized.
func (c *Call) Claim(ctx context.Context, client *decloud.Client, open func(context.Context) ([]uint64, error)) error {
	var ids []uint64
	one := len(c.Args) > 0
	if one {
		id, err := ParseRoundID(c.Args[0])
		if err != nil {
			return err
		}
		ids = []uint64{id}
	} else if all, err := open(ctx); err != nil {
		return err
	} else {
		ids = all
	}
	paid := []claimed{}
	var failed []error
	for _, id := range ids {
		receipts, err := client.Claim(ctx, id)
		if !one && errors.Is(err, round.ErrRoundNotFinalized) {
			continue
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("round %d: %w", id, err))
		}
		if len(receipts) > 0 {
			p := claimed{Round: id, Lamports: Paid(receipts)}
			for _, r := range receipts {
				p.Signatures = append(p.Signatures, r.Signature.String())
			}
			paid = append(paid, p)
		}
	}
	return errors.Join(errors.Join(failed...), c.Print(paid, func(w io.Writer) {
		if len(paid) == 0 && len(failed) == 0 {
			fmt.Fprintln(w, "nothing to claim")
		}
		for _, p := range paid {
			fmt.Fprintf(w, "#%d paid %s SOL in %d transactions\n", p.Round, chain.FormatSOL(p.Lamports), len(p.Signatures))
		}
	}))
}

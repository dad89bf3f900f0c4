package app

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/chain"
)

// AirdropCommand asks a faucet for SOL, for trying things out.
func AirdropCommand() Command {
	return Command{
		Name: "airdrop", Args: "[SOL]", Summary: "get free SOL from the faucet of localnet or devnet (default 1)",
		Long: "It goes to the address of the key itself: of a key file under a passphrase, that is asked for.",
		Bind: func(*flag.FlagSet) Action {
			return withConfig(func(ctx context.Context, c *Call, cfg Config) error {
				lamports := uint64(1_000_000_000)
				if len(c.Args) > 0 {
					var err error
					if lamports, err = chain.ParseSOL(c.Args[0]); err != nil || lamports == 0 {
						return usageError{"expected an amount of SOL, such as 2"}
					}
				}
				return c.airdrop(ctx, cfg.Base(), lamports)
			})
		},
	}
}

func (c *Call) airdrop(ctx context.Context, s *Common, lamports uint64) error {
	if s.Network == mainnet {
		return fmt.Errorf("%s has no faucet: its SOL is money", mainnet)
	}
	cfg, _, err := c.chainConfig(s)
	if err != nil {
		return err
	}
	key, err := c.Wallet(s) // what lies beside a key file could be somebody else's address
	if err != nil {
		return err
	}
	wallet := key.PublicKey()
	client, err := chain.NewClient(cfg)
	if err != nil {
		return aboutNodes(err)
	}
	defer client.Close()
	receipt, err := client.Airdrop(ctx, wallet, lamports)
	if err != nil {
		return fmt.Errorf("the faucet of %s: %w", client.Network(), err)
	}
	has, err := client.Balance(ctx, wallet)
	if err != nil {
		return err
	}
	view := map[string]any{"wallet": wallet.String(), "asked_lamports": lamports, "lamports": has, "signature": receipt.Signature.String()}
	return c.Print(view, func(w io.Writer) {
		fmt.Fprintf(w, "%s SOL from the faucet to %s, which has %s now\n", chain.FormatSOL(lamports), wallet, chain.FormatSOL(has))
	})
}

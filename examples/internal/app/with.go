package app

import (
	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/round"
)

// WithChain loads the settings and hands over a client for the chain, which can
// do without a wallet.
func WithChain[C Config](c *Call, load func(*Call) (C, error), do func(cfg C, rounds *round.Client) error) error {
	cfg, err := load(c)
	if err != nil {
		return err
	}
	rounds, err := c.Chain(cfg.Base())
	if err != nil {
		return err
	}
	defer rounds.Chain().Close()
	return do(cfg, rounds)
}

// WithClient loads the settings and hands over a client with a wallet and a
// store.
func WithClient[C Config](c *Call, load func(*Call) (C, error), do func(cfg C, client *decloud.Client) error) error {
	cfg, err := load(c)
	if err != nil {
		return err
	}
	client, err := c.Client(cfg.Base())
	if err != nil {
		return err
	}
	defer client.Close()
	return do(cfg, client)
}

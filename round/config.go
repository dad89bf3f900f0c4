package round

import (
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// The program and the treasury of local chains. On other networks somebody else's
// program may be at this address.
var (
	LocalProgram  = solana.MustPublicKeyFromBase58("DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh")
	LocalTreasury = solana.MustPublicKeyFromBase58("FzuCxi65QyFXAGbHcXB28RXqyBZSZ5KXLQxeofx1P9K2")
)

// ErrConfig is wrapped by every error about a [Config] that cannot work.
var ErrConfig = errors.New("round: config")

// Config says which round program a [Client] is for.
type Config struct {
	// Chain reaches the chain, and signs. It may serve other programs as well;
	// whoever made it closes it. Required.
	Chain *chain.Client
	// Program is the address of the round program. Default: [LocalProgram], on a
	// local chain only ([chain.Client.Local]: also set it if a loopback address is a
	// tunnel to another network). On any other network it is required.
	Program solana.PublicKey
	// RequirePins fails transactions of [Client.Pin] that the program cannot check
	// the terms for, instead of sending them without: because it was deployed
	// before it knew the instruction, or because a node says so. Default: false.
	RequirePins bool
}

// program is the program's address, with the default.
func (c Config) program() (solana.PublicKey, error) {
	switch {
	case c.Chain == nil:
		return solana.PublicKey{}, fmt.Errorf("%w: Config.Chain is nil: make one with chain.NewClient", ErrConfig)
	case !c.Program.IsZero():
		return c.Program, nil
	case c.Chain.Local():
		return LocalProgram, nil
	}
	return solana.PublicKey{}, fmt.Errorf("%w: no program id for %s: set Config.Program to the address that the round program was deployed to there",
		ErrConfig, c.Chain.Network())
}

package run

import (
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// LocalProgram is the address of the run program on local chains. On other networks
// somebody else's program may be there.
var LocalProgram = solana.MustPublicKeyFromBase58("6oC5WbbYceXPubNqtVynJuy4NN6SBbABVmSFrB98zPuJ")

// ErrConfig is wrapped by every error about a [Config] that cannot work.
var ErrConfig = errors.New("run: config")

// Config says which run program a [Client] is for.
type Config struct {
	// Chain reaches the chain, and signs. It may serve other programs as well;
	// whoever made it closes it. Required.
	Chain *chain.Client
	// Program is the address of the run program. Default: [LocalProgram], on a local
	// chain only ([chain.Client.Local]). On any other network it is required.
	Program solana.PublicKey
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
	return solana.PublicKey{}, fmt.Errorf("%w: no program id for %s: set Config.Program to the address that the run program was deployed to there",
		ErrConfig, c.Chain.Network())
}

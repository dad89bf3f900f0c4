package localnet

import (
	"fmt"
	"path/filepath"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/regular"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// The files that WithToken reads.
const (
	tokenFile           = "token.so"
	associatedTokenFile = "associated_token.so"
)

// WithToken adds the SPL Token and the Associated Token Account program at the
// addresses that they have on every network, and the mint of wrapped SOL. dir
// holds their ELFs, token.so and associated_token.so. They are not part of this
// module; Solana's command line fetches those that a network runs:
//
//	solana program dump -u m TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA token.so
//	solana program dump -u m ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL associated_token.so
func WithToken(dir string) Option { return func(c *config) { c.tokenDir = dir } }

// addToken loads the programs of WithToken.
func (n *Network) addToken(dir string) error {
	for file, id := range map[string]solana.PublicKey{
		tokenFile:           solana.TokenProgramID,
		associatedTokenFile: solana.SPLAssociatedTokenAccountProgramID,
	} {
		elf, err := regular.Read(filepath.Join(dir, file), svm.MaxAccountData)
		if err != nil {
			return fmt.Errorf("localnet: WithToken: %w; `solana program dump -u m %s %s` fetches it", err, id, file)
		}
		if err := n.AddProgram(id, elf); err != nil {
			return err
		}
	}
	return n.SetAccount(solana.WrappedSol, nativeMint())
}

// nativeMint is the mint of wrapped SOL: of nine decimals and without authorities.
// Every network has it from the start.
func nativeMint() Account {
	const size, decimalsAt, initializedAt = 82, 44, 45
	data := make([]byte, size)
	data[decimalsAt], data[initializedAt] = 9, 1
	return Account{Lamports: solana.LAMPORTS_PER_SOL, Data: data, Owner: solana.TokenProgramID}
}

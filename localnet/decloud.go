package localnet

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	runprogram "github.com/decloud-sdk/decloud-go/internal/program/run"
	"github.com/decloud-sdk/decloud-go/round"
)

// Initial balances of the decloud program's own accounts. The program waives
// fees while the treasury account does not exist, so it has to exist.
const (
	authorityLamports = 10 * solana.LAMPORTS_PER_SOL
	treasuryLamports  = solana.LAMPORTS_PER_SOL
)

// initTimeout bounds the transaction that initializes the program.
const initTimeout = 30 * time.Second

// deploy adds the decloud program to the chain and initializes it by the same
// transaction as on any other network.
func (n *Network) deploy(id solana.PublicKey, dir string) error {
	if err := n.AddProgram(id, round.Program()); err != nil {
		return err
	}
	authority, err := keptKey(dir, authorityKey)
	if err != nil {
		return err
	}
	for key, lamports := range map[solana.PublicKey]uint64{
		authority.PublicKey(): authorityLamports,
		round.LocalTreasury:   treasuryLamports,
	} {
		if err := n.Fund(key, lamports); err != nil {
			return err
		}
	}
	if err := n.initialize(id, authority); err != nil {
		return fmt.Errorf("localnet: initialize the program: %w", err)
	}
	n.programID, n.authority = id, authority
	return n.addOwnIDL(id, round.LocalProgram, round.IDL())
}

func (n *Network) initialize(id solana.PublicKey, authority chain.Signer) error {
	client, err := chain.NewClient(chain.Config{RPC: n.RPC(), Signer: authority})
	if err != nil {
		return err
	}
	rounds, err := round.NewClient(round.Config{Chain: client, Program: id})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), initTimeout)
	defer cancel()
	_, err = rounds.Initialize(ctx)
	return err
}

// runProgram is the address of the run program: run.LocalProgram.
var runProgram = solana.MustPublicKeyFromBase58("6oC5WbbYceXPubNqtVynJuy4NN6SBbABVmSFrB98zPuJ")

// deployRuns adds the run program, and initializes it for runs whose parents are
// rounds of the decloud program.
func (n *Network) deployRuns() error {
	if err := n.AddProgram(runProgram, runprogram.ELF()); err != nil {
		return err
	}
	client, err := chain.NewClient(chain.Config{RPC: n.RPC(), Signer: n.authority})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), initTimeout)
	defer cancel()
	if _, err := client.Send(ctx, []solana.Instruction{initializeRuns(n.authority.PublicKey(), n.programID)}); err != nil {
		return fmt.Errorf("localnet: initialize the run program: %w", err)
	}
	return n.AddIDL(runProgram, runprogram.IDL())
}

// initializeRuns is the run program's instruction of that name, written out: the
// chain knows programs as bytes, and package run is above it.
func initializeRuns(authority, roundProgram solana.PublicKey) solana.Instruction {
	discriminator := sha256.Sum256([]byte("global:initialize"))
	accounts := []*solana.AccountMeta{
		solana.Meta(chain.DeriveAddress(runProgram, []byte("protocol"))).WRITE(),
		solana.Meta(authority).WRITE().SIGNER(),
		solana.Meta(solana.SystemProgramID),
		solana.Meta(chain.ProgramDataAddress(runProgram)),
	}
	return solana.NewInstruction(runProgram, accounts, append(discriminator[:8:8], roundProgram[:]...))
}

// RunProgramID returns the address of the run program, zero on an Empty chain.
func (n *Network) RunProgramID() solana.PublicKey {
	if n.programID.IsZero() {
		return solana.PublicKey{}
	}
	return runProgram
}

// ProgramID returns the address of the decloud program, zero on an Empty chain.
func (n *Network) ProgramID() solana.PublicKey { return n.programID }

// Authority returns the wallet that initialized the decloud program and may
// change the protocol's parameters; nil on an Empty chain. It starts with 10
// SOL.
func (n *Network) Authority() *chain.Keypair { return n.authority }

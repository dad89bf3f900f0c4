package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Spec is what a run is created with.
type Spec struct {
	ID              string           // 1 to 32 of the characters a–z 0–9 - _ .
	Name            string           // at most 64 bytes
	JoinAuthority   solana.PublicKey // whose authorizations let wallets join; zero: the wallet
	Treasury        Treasury         // default Points; SPL where there is a mint
	Mint            solana.PublicKey // of an SPL treasury
	Parent          solana.PublicKey // a finalized round whose model the run starts from; zero: none
	ParentRewardBps uint16           // of its reward that the pool must hold, 0 to 10,000
}

// Initialize sets up a program that was just deployed; the client's wallet becomes
// its authority. If the program can be upgraded, the wallet must be its upgrade
// authority, and programData the account of its code. roundProgram is the one whose
// rounds may be parents of runs.
func (c *Client) Initialize(ctx context.Context, roundProgram, programData solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, Initialize{RoundProgram: roundProgram, Authority: c.Wallet(), ProgramData: programData})
}

// CreateRun creates a run whose authority is the wallet, with its roster, in one
// transaction.
func (c *Client) CreateRun(ctx context.Context, s Spec) (*Run, Receipt, error) {
	if s.JoinAuthority.IsZero() {
		s.JoinAuthority = c.Wallet()
	}
	if !s.Mint.IsZero() {
		s.Treasury = SPL
	}
	create := CreateRun{
		ID: s.ID, Name: s.Name, JoinAuthority: s.JoinAuthority, Treasury: s.Treasury, Mint: s.Mint,
		Parent: s.Parent, ParentRewardBps: s.ParentRewardBps, Authority: c.Wallet(), Payer: c.Wallet(),
	}
	built, err := c.build([]Instruction{create}) // checks the arguments before anything is asked
	if err != nil {
		return nil, Receipt{}, err
	}
	roster, err := c.makeRoster(ctx, s.ID)
	if err != nil {
		return nil, Receipt{}, err
	}
	receipt, err := c.receipt(c.chain.Send(ctx, append(roster, built...)))
	if errors.Is(err, chain.ErrAccountInUse) {
		err = fmt.Errorf("run %s exists already: choose another id: %w", s.ID, err)
	}
	if err != nil {
		return nil, receipt, err
	}
	r, err := c.Run(ctx, s.ID)
	return r, receipt, err
}

// makeRoster are the instructions that make the account of a roster: transfer,
// allocate and assign instead of a creation, which would fail where somebody has
// sent lamports to the address before.
func (c *Client) makeRoster(ctx context.Context, id string) ([]solana.Instruction, error) {
	address := c.addr.Roster(c.Wallet(), id)
	const rent = (128 + RosterSize) * 6_960 // lamports, as every Solana network asks for
	have, err := c.chain.Balance(ctx, address)
	if err != nil {
		return nil, err
	}
	var out []solana.Instruction
	if have < rent {
		out = append(out, system.NewTransferInstruction(rent-have, c.Wallet(), address).Build())
	}
	allocate := system.NewAllocateWithSeedInstruction(c.Wallet(), id, RosterSize, c.addr.Program, address, c.Wallet()).Build()
	assign := system.NewAssignWithSeedInstruction(c.Wallet(), id, c.addr.Program, address, c.Wallet()).Build()
	return append(out, allocate, assign), nil
}

// UpdateConfig sets what the run trains and how, while it is paused or not begun.
// Package run/config makes the arguments of a file.
func (c *Client) UpdateConfig(ctx context.Context, r *Run, u UpdateConfig) (Receipt, error) {
	u.Run, u.Authority = r, c.Wallet()
	return c.Send(ctx, u)
}

// UpdateModel sets the run's model, while it is paused or not begun.
func (c *Client) UpdateModel(ctx context.Context, r *Run, model Digest) (Receipt, error) {
	return c.Send(ctx, UpdateModel{Run: r, Model: model, Authority: c.Wallet()})
}

// UpdateMetadata sets what people read about a run.
func (c *Client) UpdateMetadata(ctx context.Context, r *Run, u UpdateMetadata) (Receipt, error) {
	u.Run, u.Authority = r, c.Wallet()
	return c.Send(ctx, u)
}

// ProposeAuthority offers a run to another wallet.
func (c *Client) ProposeAuthority(ctx context.Context, r *Run, to solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, ProposeAuthority{Run: r, New: to, Authority: c.Wallet()})
}

// AcceptAuthority accepts a run that was offered to the wallet.
func (c *Client) AcceptAuthority(ctx context.Context, r *Run) (Receipt, error) {
	return c.Send(ctx, AcceptAuthority{Run: r, Authority: c.Wallet()})
}

// SetPaused pauses a run, now or once its epoch is over, or resumes it.
func (c *Client) SetPaused(ctx context.Context, r *Run, paused bool) (Receipt, error) {
	return c.Send(ctx, SetPaused{Run: r, Paused: paused, Authority: c.Wallet()})
}

// SetFutureEpochRates sets what the epochs after this one pay.
func (c *Client) SetFutureEpochRates(ctx context.Context, r *Run, s SetFutureEpochRates) (Receipt, error) {
	s.Run, s.Authority = r, c.Wallet()
	return c.Send(ctx, s)
}

// Tick moves a run on if something is due: [View.TickDue]. Anybody may.
func (c *Client) Tick(ctx context.Context, r *Run) (Receipt, error) {
	return c.Send(ctx, Tick{Run: r})
}

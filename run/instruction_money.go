package run

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// AddStake adds to what a member has at stake, while it is not active.
type AddStake struct {
	Run          *Run
	Amount       uint64           // base units
	TokenAccount solana.PublicKey // of an SPL treasury; zero: the wallet's associated one
	Wallet       solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i AddStake) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := on(program, i.Run, "Wallet", i.Wallet).want(i.Amount > 0, "the amount is 0")
	return c.payable(i.Run, bindings.Instruction_AddStake, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewAddStakeInstruction(i.Amount, i.Run.Address, i.Run.Roster, a.Member(i.Run.Address, i.Wallet), i.Wallet, i.Run.Vault,
			solana.SystemProgramID, i.Run.tokens(i.TokenAccount, i.Wallet), solana.TokenProgramID)
	})
}

// WithdrawStake pays a stake back, once the member has left or the run is finished.
type WithdrawStake struct {
	Run          *Run
	Amount       uint64           // base units
	Wallet       solana.PublicKey // whose stake it is, and who is paid
	TokenAccount solana.PublicKey // of an SPL treasury; zero: the wallet's associated one
	Anyone       solana.PublicKey // signs: the wallet, or anybody once the run is finished
}

// Build implements [Instruction].
func (i WithdrawStake) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := on(program, i.Run, "Wallet and Anyone", i.Wallet, i.Anyone).want(i.Amount > 0, "the amount is 0")
	return c.payable(i.Run, bindings.Instruction_WithdrawStake, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewWithdrawStakeInstruction(i.Amount, i.Run.Address, i.Run.Roster, a.Member(i.Run.Address, i.Wallet), i.Wallet, i.Anyone, i.Run.Vault,
			i.Run.tokens(i.TokenAccount, i.Wallet), solana.TokenProgramID)
	})
}

// Slash takes what is due from a member's stake: 90 % for the pool, 10 % for who
// sends it.
type Slash struct {
	Run          *Run
	Wallet       solana.PublicKey // of the member
	TokenAccount solana.PublicKey // of an SPL treasury; zero: the sender's associated one
	Anyone       solana.PublicKey // signs; not the member
}

// Build implements [Instruction].
func (i Slash) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Wallet and Anyone", i.Wallet, i.Anyone).payable(i.Run, bindings.Instruction_Slash, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewSlashInstruction(i.Run.Address, i.Run.Roster, a.Member(i.Run.Address, i.Wallet), i.Anyone, i.Run.Vault,
			i.Run.tokens(i.TokenAccount, i.Anyone), solana.TokenProgramID)
	})
}

// Claim pays points that are due, one base unit each.
type Claim struct {
	Run          *Run
	Points       uint64           // any part of [Totals.Due]
	TokenAccount solana.PublicKey // of an SPL treasury; zero: the wallet's associated one
	Wallet       solana.PublicKey // signs and is paid
}

// Build implements [Instruction].
func (i Claim) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := on(program, i.Run, "Wallet", i.Wallet).want(i.Points > 0, "there is nothing to claim")
	return c.payable(i.Run, bindings.Instruction_Claim, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewClaimInstruction(i.Points, i.Run.Address, i.Run.Roster, a.Member(i.Run.Address, i.Wallet), i.Wallet, i.Run.Vault,
			i.Run.tokens(i.TokenAccount, i.Wallet), solana.TokenProgramID)
	})
}

// TopUp adds to the pool, and with it what somebody sent to the vault.
type TopUp struct {
	Run          *Run
	Amount       uint64           // base units; 0 only takes in the surplus
	TokenAccount solana.PublicKey // of an SPL treasury; zero: the payer's associated one
	Payer        solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i TopUp) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Payer", i.Payer).payable(i.Run, bindings.Instruction_TopUp, func(Addresses) (solana.Instruction, error) {
		return bindings.NewTopUpInstruction(i.Amount, i.Run.Address, i.Run.Vault, i.Payer, solana.SystemProgramID,
			i.Run.tokens(i.TokenAccount, i.Payer), solana.TokenProgramID)
	})
}

// WithdrawSurplus pays the authority from the pool, once the run is finished, or
// paused where witnesses verify.
type WithdrawSurplus struct {
	Run          *Run
	Amount       uint64           // base units
	TokenAccount solana.PublicKey // of an SPL treasury; zero: the authority's associated one
	Authority    solana.PublicKey // signs and is paid
}

// Build implements [Instruction].
func (i WithdrawSurplus) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := on(program, i.Run, "Authority", i.Authority).want(i.Amount > 0, "the amount is 0")
	return c.payable(i.Run, bindings.Instruction_WithdrawSurplus, func(Addresses) (solana.Instruction, error) {
		return bindings.NewWithdrawSurplusInstruction(i.Amount, i.Run.Address, i.Run.Vault, i.Authority, i.Run.tokens(i.TokenAccount, i.Authority), solana.TokenProgramID)
	})
}

// Prune frees the slot of a member that is gone; its totals and stake stay its own.
type Prune struct {
	Run    *Run
	Slot   int              // 0 to 255
	Wallet solana.PublicKey // whose slot it is
	Anyone solana.PublicKey // signs
}

// Build implements [Instruction].
func (i Prune) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := on(program, i.Run, "Wallet and Anyone", i.Wallet, i.Anyone).want(i.Slot >= 0 && i.Slot < MaxMembers, "a slot is 0 to 255")
	return c.build(bindings.Instruction_Prune, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewPruneInstruction(uint8(i.Slot), i.Run.Address, i.Run.Roster, a.Member(i.Run.Address, i.Wallet), i.Anyone)
	})
}

// CloseRun closes a run that is finished or was never begun; what nobody can claim
// any more goes to the authority.
type CloseRun struct {
	Run          *Run
	TokenAccount solana.PublicKey // of an SPL treasury; zero: the authority's associated one
	Authority    solana.PublicKey // signs
}

// Build implements [Instruction].
func (i CloseRun) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Authority", i.Authority).payable(i.Run, bindings.Instruction_CloseRun, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewCloseRunInstruction(i.Run.Address, i.Run.Roster, a.Ballots(i.Run.Address), i.Run.Vault, i.Authority, i.Run.Payer,
			i.Run.tokens(i.TokenAccount, i.Authority), solana.TokenProgramID)
	})
}

// CloseMember gives the rent of a member's account back, once nothing is in it.
type CloseMember struct {
	Run    solana.PublicKey // its address; it may be closed itself
	Wallet solana.PublicKey // of the member
	Payer  solana.PublicKey // of the rent, who gets it back
	Anyone solana.PublicKey // signs
}

// Build implements [Instruction].
func (i CloseMember) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := call{program: program}.keys("Run, Wallet, Payer and Anyone", i.Run, i.Wallet, i.Payer, i.Anyone)
	return c.build(bindings.Instruction_CloseMember, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewCloseMemberInstruction(i.Run, a.Member(i.Run, i.Wallet), i.Payer, i.Anyone)
	})
}

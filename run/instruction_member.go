package run

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// JoinRun takes a slot for a wallet, or takes its old one again.
type JoinRun struct {
	Run          *Run             // as it was read: its generation is what the wallet agrees to
	Grantee      solana.PublicKey // of the authorization: [Anybody], the wallet, or who made it a delegate
	TransportKey [32]byte
	Stake        uint64           // base units to add to what is at stake
	TokenAccount solana.PublicKey // of an SPL treasury; zero: the wallet's associated one
	Wallet       solana.PublicKey // signs and stakes
	Payer        solana.PublicKey // signs and pays the rent; zero: the wallet
}

// Build implements [Instruction].
func (i JoinRun) Build(program solana.PublicKey) (solana.Instruction, error) {
	payer := i.Payer
	if payer.IsZero() {
		payer = i.Wallet
	}
	return on(program, i.Run, "Wallet", i.Wallet).payable(i.Run, bindings.Instruction_JoinRun, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewJoinRunInstruction(i.Run.Generation, i.TransportKey, i.Stake, i.Run.Address, i.Run.Roster, a.Member(i.Run.Address, i.Wallet),
			a.Authorization(i.Run.JoinAuthority, i.Grantee, ScopeJoin), i.Wallet, payer, i.Run.Vault, solana.SystemProgramID,
			i.Run.tokens(i.TokenAccount, i.Wallet), solana.TokenProgramID)
	})
}

// Ready says, in Warmup, that a member has the model.
type Ready struct {
	Run    *Run
	Wallet solana.PublicKey // signs
}

// Build implements [Instruction].
func (i Ready) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Wallet", i.Wallet).build(bindings.Instruction_Ready, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewReadyInstruction(i.Run.Address, i.Run.Roster, a.Ballots(i.Run.Address), a.Member(i.Run.Address, i.Wallet), i.Wallet)
	})
}

// LeaveRun leaves, at once or when the epoch is over.
type LeaveRun struct {
	Run    *Run
	Wallet solana.PublicKey // signs
}

// Build implements [Instruction].
func (i LeaveRun) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Wallet", i.Wallet).build(bindings.Instruction_LeaveRun, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewLeaveRunInstruction(i.Run.Address, i.Run.Roster, a.Member(i.Run.Address, i.Wallet), i.Wallet)
	})
}

// Tick moves a run on, if something is due.
type Tick struct{ Run *Run }

// Build implements [Instruction].
func (i Tick) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "").build(bindings.Instruction_Tick, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewTickInstruction(i.Run.Address, i.Run.Roster, a.Ballots(i.Run.Address))
	})
}

// SubmitUpdate submits the digest of what a member trained, once a round.
type SubmitUpdate struct {
	Run    *Run
	Epoch  uint32
	Round  uint32
	Digest Digest
	Wallet solana.PublicKey // signs
}

// Build implements [Instruction].
func (i SubmitUpdate) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := on(program, i.Run, "Wallet", i.Wallet).want(!i.Digest.IsZero(), "the digest is zero")
	return c.build(bindings.Instruction_SubmitUpdate, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewSubmitUpdateInstruction(i.Epoch, i.Round, i.Digest, i.Run.Address, a.Ballots(i.Run.Address), a.Member(i.Run.Address, i.Wallet), i.Wallet)
	})
}

// Seen says which updates a verifier has and serves.
type Seen struct {
	Run    *Run
	Round  uint32
	Slots  Slots            // among those that submitted
	Wallet solana.PublicKey // signs
}

// Build implements [Instruction].
func (i Seen) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Wallet", i.Wallet).build(bindings.Instruction_Seen, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewSeenInstruction(i.Round, i.Slots, i.Run.Address, a.Ballots(i.Run.Address), a.Member(i.Run.Address, i.Wallet), i.Wallet)
	})
}

// CommitVote commits a verifier to a ballot: see [BallotHash].
type CommitVote struct {
	Run    *Run
	Round  uint32
	Hash   Digest
	Wallet solana.PublicKey // signs
}

// Build implements [Instruction].
func (i CommitVote) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Wallet", i.Wallet).build(bindings.Instruction_CommitVote, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewCommitVoteInstruction(i.Round, i.Hash, i.Run.Address, a.Ballots(i.Run.Address), a.Member(i.Run.Address, i.Wallet), i.Wallet)
	})
}

// RevealVote reveals the ballot that a verifier committed to.
type RevealVote struct {
	Run    *Run
	Round  uint32
	Ballot Ballot
	Salt   [32]byte
	Wallet solana.PublicKey // signs
}

// Build implements [Instruction].
func (i RevealVote) Build(program solana.PublicKey) (solana.Instruction, error) {
	b := i.Ballot
	c := on(program, i.Run, "Wallet", i.Wallet).want(!b.Digest.IsZero(), "the digest is zero").
		want(b.Score >= -1 && b.Score <= 1 && b.Accuracy <= 10_000, "a score is -1, 0 or 1, an accuracy at most 10,000")
	return c.build(bindings.Instruction_RevealVote, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewRevealVoteInstruction(i.Round, b.Digest, b.Included, b.Score, b.Accuracy, i.Salt,
			i.Run.Address, a.Ballots(i.Run.Address), a.Member(i.Run.Address, i.Wallet), i.Wallet)
	})
}

package run

import (
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// Initialize sets up a program that was just deployed. If it can be upgraded, the
// authority is its upgrade authority.
type Initialize struct {
	RoundProgram solana.PublicKey // whose rounds may be parents of runs
	Authority    solana.PublicKey // signs and pays
	ProgramData  solana.PublicKey // of the upgradeable loader; zero: the program's own
}

// Build implements [Instruction].
func (i Initialize) Build(program solana.PublicKey) (solana.Instruction, error) {
	data := i.ProgramData
	if data.IsZero() {
		data = program
	}
	return call{program: program}.keys("Authority", i.Authority).build(bindings.Instruction_Initialize, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewInitializeInstruction(i.RoundProgram, a.Protocol(), i.Authority, solana.SystemProgramID, data)
	})
}

// CreateRun creates a run with its ballots and its vault. Its roster must have been
// made in the same transaction: [Client.CreateRun] does.
type CreateRun struct {
	ID              string           // 1 to 32 of the characters a–z 0–9 - _ .
	Name            string           // at most 64 bytes
	JoinAuthority   solana.PublicKey // whose authorizations let wallets join
	Treasury        Treasury
	Mint            solana.PublicKey // of an SPL treasury
	Parent          solana.PublicKey // a finalized round whose model the run starts from; zero: none
	ParentRewardBps uint16           // of its reward that the pool must hold, 0 to 10,000
	Authority       solana.PublicKey // signs
	Payer           solana.PublicKey // signs and pays the rent
}

// Build implements [Instruction].
func (i CreateRun) Build(program solana.PublicKey) (solana.Instruction, error) {
	none := func(k solana.PublicKey) solana.PublicKey {
		if k.IsZero() {
			return program
		}
		return k
	}
	token := program
	if i.Treasury == SPL {
		token = solana.TokenProgramID
	}
	c := call{program: program}.keys("Authority, Payer and JoinAuthority", i.Authority, i.Payer, i.JoinAuthority).
		want(checkRunID(i.ID), "a run id has 1 to 32 of the characters a-z 0-9 - _ .").
		want(len(i.Name) <= 64, "a name has at most 64 bytes").
		want(i.Treasury <= SPL, "a treasury is of points, SOL or SPL").
		want((i.Treasury == SPL) != i.Mint.IsZero(), "an SPL treasury has a mint, and no other has").
		want(i.ParentRewardBps <= 10_000 && (i.ParentRewardBps == 0 || !i.Parent.IsZero()), "the share of a parent's reward is 0 to 10,000, and needs a parent")
	return c.build(bindings.Instruction_CreateRun, func(a Addresses) (solana.Instruction, error) {
		run := a.Run(i.ID)
		return bindings.NewCreateRunInstruction(i.ID, i.Name, i.JoinAuthority, uint8(i.Treasury), i.ParentRewardBps, a.Protocol(), run,
			a.Roster(i.Authority, i.ID), a.Ballots(run), a.Vault(run), i.Authority, i.Payer, solana.SystemProgramID, none(i.Mint), token, none(i.Parent))
	})
}

// UpdateConfig sets what the run trains and how, while it is paused or not begun.
type UpdateConfig struct {
	Run           *Run
	Settings      Settings
	Digest        Digest // of the configuration file
	PackageCID    string // of the model package
	Verification  Verification
	ClientVersion string           // at most 96 bytes
	Authority     solana.PublicKey // signs
}

// Build implements [Instruction].
func (i UpdateConfig) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := on(program, i.Run, "Authority", i.Authority).want(checkCID(i.PackageCID), "a package CID has 46 to 64 ASCII characters").
		want(len(i.ClientVersion) <= 96, "a client version has at most 96 bytes")
	if c.err == nil {
		if err := i.Settings.Check(i.Verification, i.Run.Treasury); err != nil {
			c.err = fmt.Errorf("%w: %w", ErrArgument, err)
		}
	}
	return c.build(bindings.Instruction_UpdateConfig, func(Addresses) (solana.Instruction, error) {
		return bindings.NewUpdateConfigInstruction(i.Settings.wire(), i.Digest, i.PackageCID, uint8(i.Verification), i.ClientVersion, i.Run.Address, i.Authority)
	})
}

// UpdateModel sets the model, while the run is paused or not begun.
type UpdateModel struct {
	Run       *Run
	Model     Digest           // of the model; zero: voters find the first one
	Authority solana.PublicKey // signs
}

// Build implements [Instruction].
func (i UpdateModel) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Authority", i.Authority).build(bindings.Instruction_UpdateModel, func(Addresses) (solana.Instruction, error) {
		return bindings.NewUpdateModelInstruction(i.Model, i.Run.Address, i.Authority)
	})
}

// UpdateMetadata sets what people read about a run.
type UpdateMetadata struct {
	Run           *Run
	Name          string // at most 64 bytes
	Description   string // at most 280 bytes
	NumParameters uint64
	VocabSize     uint64
	Authority     solana.PublicKey // signs
}

// Build implements [Instruction].
func (i UpdateMetadata) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := on(program, i.Run, "Authority", i.Authority).
		want(len(i.Name) <= 64 && len(i.Description) <= 280, "a name has at most 64 bytes, a description 280")
	return c.build(bindings.Instruction_UpdateMetadata, func(Addresses) (solana.Instruction, error) {
		return bindings.NewUpdateMetadataInstruction(i.Name, i.Description, i.NumParameters, i.VocabSize, i.Run.Address, i.Authority)
	})
}

// ProposeAuthority offers a run to another wallet; the zero key withdraws an offer.
type ProposeAuthority struct {
	Run       *Run
	New       solana.PublicKey
	Authority solana.PublicKey // signs
}

// Build implements [Instruction].
func (i ProposeAuthority) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Authority", i.Authority).build(bindings.Instruction_ProposeAuthority, func(Addresses) (solana.Instruction, error) {
		return bindings.NewProposeAuthorityInstruction(i.New, i.Run.Address, i.Authority)
	})
}

// AcceptAuthority accepts a run that was offered.
type AcceptAuthority struct {
	Run       *Run
	Authority solana.PublicKey // the new one; signs
}

// Build implements [Instruction].
func (i AcceptAuthority) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Authority", i.Authority).build(bindings.Instruction_AcceptAuthority, func(Addresses) (solana.Instruction, error) {
		return bindings.NewAcceptAuthorityInstruction(i.Run.Address, i.Authority)
	})
}

// SetPaused pauses a run, now or once its epoch is over, or resumes it.
type SetPaused struct {
	Run       *Run
	Paused    bool
	Authority solana.PublicKey // signs
}

// Build implements [Instruction].
func (i SetPaused) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Authority", i.Authority).build(bindings.Instruction_SetPaused, func(Addresses) (solana.Instruction, error) {
		return bindings.NewSetPausedInstruction(i.Paused, i.Run.Address, i.Run.Roster, i.Authority)
	})
}

// SetFutureEpochRates sets what the epochs after this one pay; nil leaves a rate as
// it is.
type SetFutureEpochRates struct {
	Run       *Run
	Earning   *uint64 // points of a finisher, or of all together
	Slashing  *uint64 // points of who is ejected
	Shared    *bool   // Earning is for all together
	Authority solana.PublicKey
}

// Build implements [Instruction].
func (i SetFutureEpochRates) Build(program solana.PublicKey) (solana.Instruction, error) {
	return on(program, i.Run, "Authority", i.Authority).build(bindings.Instruction_SetFutureEpochRates, func(Addresses) (solana.Instruction, error) {
		return bindings.NewSetFutureEpochRatesInstruction(i.Earning, i.Slashing, i.Shared, i.Run.Address, i.Authority)
	})
}

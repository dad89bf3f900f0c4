package round

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Initialize creates the counter of rounds with the protocol's default
// parameters, once in a program's life. If the program can be upgraded, only its
// upgrade authority may.
type Initialize struct {
	Authority solana.PublicKey // signs and pays; becomes the authority
}

// Build implements [Instruction].
func (i Initialize) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Authority", i.Authority); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewInitializeInstruction(a.Counter(), i.Authority, solana.SystemProgramID, chain.ProgramDataAddress(program))
	return bind(program, bindings.Instruction_Initialize, ix, err)
}

// UpdateProtocol sets the protocol's parameters, all of them, for rounds that
// are created from then on.
type UpdateProtocol struct {
	Parameters Parameters       // for rounds created from then on
	Treasury   solana.PublicKey // a new one; zero: keep the old one
	Authority  solana.PublicKey // signs and pays; the current authority
}

// Build implements [Instruction].
func (i UpdateProtocol) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Authority", i.Authority); err != nil {
		return nil, err
	}
	ix, err := bindings.NewUpdateProtocolInstruction(i.Parameters.wire(), Addresses{program}.Counter(), i.Authority, i.Treasury)
	bound, err := bind(program, bindings.Instruction_UpdateProtocol, ix, err)
	if err != nil || !i.Treasury.IsZero() {
		return bound, err
	}
	data, err := bound.Data()
	return solana.NewInstruction(program, bound.Accounts()[:2], data), err
}

// ProposeAuthority offers the protocol to another wallet, which must accept.
type ProposeAuthority struct {
	New       solana.PublicKey // zero: withdraws an offer
	Authority solana.PublicKey // signs and pays; the current authority
}

// Build implements [Instruction].
func (i ProposeAuthority) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Authority", i.Authority); err != nil {
		return nil, err
	}
	ix, err := bindings.NewProposeAuthorityInstruction(i.New, Addresses{program}.Counter(), i.Authority)
	return bind(program, bindings.Instruction_ProposeAuthority, ix, err)
}

// AcceptAuthority accepts the offer of [ProposeAuthority]: the wallet becomes the
// protocol's authority.
type AcceptAuthority struct {
	Authority solana.PublicKey // signs and pays; the wallet that was proposed
}

// Build implements [Instruction].
func (i AcceptAuthority) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Authority", i.Authority); err != nil {
		return nil, err
	}
	ix, err := bindings.NewAcceptAuthorityInstruction(Addresses{program}.Counter(), i.Authority)
	return bind(program, bindings.Instruction_AcceptAuthority, ix, err)
}

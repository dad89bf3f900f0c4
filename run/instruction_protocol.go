package run

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// UpdateProtocol sets the program whose rounds may be parents of runs. Runs keep the
// parents that they have.
type UpdateProtocol struct {
	RoundProgram solana.PublicKey
	Authority    solana.PublicKey // of the protocol; signs
}

// Build implements [Instruction].
func (i UpdateProtocol) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := call{program: program}.keys("RoundProgram and Authority", i.RoundProgram, i.Authority)
	return c.build(bindings.Instruction_UpdateProtocol, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewUpdateProtocolInstruction(i.RoundProgram, a.Protocol(), i.Authority)
	})
}

// ProposeProtocolAuthority offers the protocol to another key; nothing changes before
// it accepts.
type ProposeProtocolAuthority struct {
	New       solana.PublicKey // zero takes an offer back
	Authority solana.PublicKey // of the protocol; signs
}

// Build implements [Instruction].
func (i ProposeProtocolAuthority) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := call{program: program}.keys("Authority", i.Authority)
	return c.build(bindings.Instruction_ProposeProtocolAuthority, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewProposeProtocolAuthorityInstruction(i.New, a.Protocol(), i.Authority)
	})
}

// AcceptProtocolAuthority makes the key that was proposed the protocol's authority.
type AcceptProtocolAuthority struct {
	Authority solana.PublicKey // the proposed one; signs
}

// Build implements [Instruction].
func (i AcceptProtocolAuthority) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := call{program: program}.keys("Authority", i.Authority)
	return c.build(bindings.Instruction_AcceptProtocolAuthority, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewAcceptProtocolAuthorityInstruction(a.Protocol(), i.Authority)
	})
}

// UpdateProtocol sets the program whose rounds may be parents of runs.
func (c *Client) UpdateProtocol(ctx context.Context, roundProgram solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, UpdateProtocol{RoundProgram: roundProgram, Authority: c.Wallet()})
}

// ProposeProtocolAuthority offers the protocol to another key; zero takes it back.
func (c *Client) ProposeProtocolAuthority(ctx context.Context, to solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, ProposeProtocolAuthority{New: to, Authority: c.Wallet()})
}

// AcceptProtocolAuthority accepts the protocol that was offered to the wallet.
func (c *Client) AcceptProtocolAuthority(ctx context.Context) (Receipt, error) {
	return c.Send(ctx, AcceptProtocolAuthority{Authority: c.Wallet()})
}

package run

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// AuthorizationCreate lets a grantee, or everybody, do what a scope names.
type AuthorizationCreate struct {
	Grantee solana.PublicKey // [Anybody] for everybody
	Scope   [32]byte         // [ScopeJoin]
	Grantor solana.PublicKey // signs
	Payer   solana.PublicKey // signs and pays the rent
}

// Build implements [Instruction].
func (i AuthorizationCreate) Build(program solana.PublicKey) (solana.Instruction, error) {
	return call{program: program}.keys("Grantor and Payer", i.Grantor, i.Payer).build(bindings.Instruction_AuthorizationCreate, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewAuthorizationCreateInstruction(i.Scope, a.Authorization(i.Grantor, i.Grantee, i.Scope), i.Grantor, i.Grantee, i.Payer, solana.SystemProgramID)
	})
}

// AuthorizationGrantorUpdate switches an authorization on or off.
type AuthorizationGrantorUpdate struct {
	Grantee solana.PublicKey
	Scope   [32]byte
	Active  bool
	Grantor solana.PublicKey // signs
}

// Build implements [Instruction].
func (i AuthorizationGrantorUpdate) Build(program solana.PublicKey) (solana.Instruction, error) {
	return call{program: program}.keys("Grantor", i.Grantor).build(bindings.Instruction_AuthorizationGrantorUpdate, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewAuthorizationGrantorUpdateInstruction(i.Active, a.Authorization(i.Grantor, i.Grantee, i.Scope), i.Grantor)
	})
}

// AuthorizationGranteeUpdate changes who else may act under an authorization.
type AuthorizationGranteeUpdate struct {
	Grantor solana.PublicKey
	Scope   [32]byte
	Clear   bool               // removes all delegates first
	Add     []solana.PublicKey // at most 16 in all
	Grantee solana.PublicKey   // signs
}

// Build implements [Instruction].
func (i AuthorizationGranteeUpdate) Build(program solana.PublicKey) (solana.Instruction, error) {
	c := call{program: program}.keys("Grantee", i.Grantee).want(len(i.Add) <= MaxDelegates, "at most 16 delegates")
	return c.build(bindings.Instruction_AuthorizationGranteeUpdate, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewAuthorizationGranteeUpdateInstruction(i.Clear, i.Add, a.Authorization(i.Grantor, i.Grantee, i.Scope), i.Grantee)
	})
}

// AuthorizationClose takes an authorization back for good.
type AuthorizationClose struct {
	Grantee solana.PublicKey
	Scope   [32]byte
	Payer   solana.PublicKey // of the rent, who gets it back
	Grantor solana.PublicKey // signs
}

// Build implements [Instruction].
func (i AuthorizationClose) Build(program solana.PublicKey) (solana.Instruction, error) {
	return call{program: program}.keys("Grantor and Payer", i.Grantor, i.Payer).build(bindings.Instruction_AuthorizationClose, func(a Addresses) (solana.Instruction, error) {
		return bindings.NewAuthorizationCloseInstruction(a.Authorization(i.Grantor, i.Grantee, i.Scope), i.Grantor, i.Payer)
	})
}

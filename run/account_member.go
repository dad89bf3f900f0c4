package run

import (
	"bytes"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// Update is what a member submitted last.
type Update struct {
	Round  uint32 // 0: nothing yet
	Digest Digest
	Order  uint16 // in the round: 0 was first
}

// Member is a wallet's account in a run.
type Member struct {
	Address      solana.PublicKey
	Run          solana.PublicKey
	Wallet       solana.PublicKey
	CreatedSlot  uint64 // of the run it is about: of another one it counts as empty
	Payer        solana.PublicKey
	TransportKey [32]byte
	Slot         int // −1: none
	Generation   uint32
	JoinedEpoch  uint32
	Update       Update
	Totals       Totals // of a member without a slot
}

// DecodeMember reads the data of a member's account.
func DecodeMember(address solana.PublicKey, data []byte) (*Member, error) {
	w, err := anchor.Decode[bindings.Member]("Member", address, bindings.Account_Member, data)
	if err != nil {
		return nil, err
	}
	m := &Member{
		Address: address, Run: w.Run, Wallet: w.Wallet, CreatedSlot: w.CreatedSlot, Payer: w.Payer, TransportKey: w.TransportKey,
		Slot: int(w.Slot), Generation: w.Generation, JoinedEpoch: w.JoinedEpoch,
		Update: Update{w.UpdateRound, w.UpdateDigest, w.UpdateOrder}, Totals: Totals{w.Stake, w.Earned, w.Slashed, w.Claimed},
	}
	if w.Slot >= MaxMembers {
		m.Slot = -1
	}
	return m, nil
}

// Of reports whether the account is about this run, and not about an earlier one of
// the same id.
func (m *Member) Of(r *Run) bool { return m.Run == r.Address && m.CreatedSlot == r.CreatedSlot }

// ScopeJoin is the scope of authorizations to join a run: "run:join".
var ScopeJoin = scope("run:join")

// Anybody is the grantee of an authorization for everybody: 111…1.
var Anybody solana.PublicKey

func scope(name string) (s [32]byte) {
	copy(s[:], name)
	return s
}

// MaxDelegates is the most delegates of an authorization.
const MaxDelegates = 16

// Authorization is what a grantor allows a grantee, and the grantee's delegates.
type Authorization struct {
	Address   solana.PublicKey
	Grantor   solana.PublicKey
	Grantee   solana.PublicKey // [Anybody] for everybody
	Scope     [32]byte
	Payer     solana.PublicKey
	Active    bool
	Delegates []solana.PublicKey
}

// DecodeAuthorization reads the data of an authorization.
func DecodeAuthorization(address solana.PublicKey, data []byte) (*Authorization, error) {
	w, err := anchor.Decode[bindings.Authorization]("Authorization", address, bindings.Account_Authorization, data)
	if err != nil {
		return nil, err
	}
	if int(w.DelegatesLen) > len(w.Delegates) {
		return nil, &chain.AccountError{Kind: "Authorization", Address: address, Reason: fmt.Errorf("%w: %d delegates", chain.ErrBadAccount, w.DelegatesLen)}
	}
	return &Authorization{
		Address: address, Grantor: w.Grantor, Grantee: w.Grantee, Scope: w.Scope, Payer: w.Payer, Active: w.Active,
		Delegates: w.Delegates[:w.DelegatesLen],
	}, nil
}

// Allows reports whether the authorization lets a wallet join a run of that join
// authority.
func (a *Authorization) Allows(wallet, joinAuthority solana.PublicKey) bool {
	if !a.Active || a.Grantor != joinAuthority || !bytes.Equal(a.Scope[:], ScopeJoin[:]) {
		return false
	}
	if a.Grantee == Anybody || a.Grantee == wallet {
		return true
	}
	for _, d := range a.Delegates {
		if d == wallet {
			return true
		}
	}
	return false
}

// Protocol is the program's own account.
type Protocol struct {
	Address          solana.PublicKey
	Authority        solana.PublicKey
	PendingAuthority solana.PublicKey
	RoundProgram     solana.PublicKey // whose rounds may be parents of runs
}

// DecodeProtocol reads the data of the protocol's account.
func DecodeProtocol(address solana.PublicKey, data []byte) (*Protocol, error) {
	w, err := anchor.Decode[bindings.Protocol]("Protocol", address, bindings.Account_Protocol, data)
	if err != nil {
		return nil, err
	}
	return &Protocol{address, w.Authority, w.PendingAuthority, w.RoundProgram}, nil
}

package round

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// roundSize is how many bytes of a round's account the program writes.
const roundSize = 992

// terms are the bytes of a round's account that no participant changes, from and
// to: all that its creator and the protocol set, and what is reserved.
var terms = [][2]int{{8, 132}, {163, 264}, {272, 274}, {844, roundSize}}

// hashTerms is the hash of the terms in a round's account, which holds roundSize
// bytes at least.
func hashTerms(data []byte) [32]byte {
	data = slices.Clone(data[:roundSize])
	asConfigured(data)
	h := sha256.New()
	h.Write([]byte("decloud:terms:v1"))
	for _, part := range terms {
		h.Write(data[part[0]:part[1]])
	}
	return [32]byte(h.Sum(nil))
}

// asConfigured puts what a fair round's terms were before anybody took part in the
// place of what changes among them while the round runs.
func asConfigured(data []byte) {
	const flags, bondsLost, drawn, holdout, commitments = 852, 855, 880, 928, 960
	if data[flags]&flagRevealed != 0 {
		sealed := sha256.Sum256(data[holdout:commitments])
		copy(data[holdout:], sealed[:])
	}
	data[flags] &= flagSealed
	data[bondsLost] = 0
	clear(data[drawn:holdout])
	clear(data[commitments : commitments+2])
}

// TermsHash identifies the terms of the round as they were when it was read:
//
//	sha256("decloud:terms:v1" ‖ bytes 8 to 131, 163 to 263, 272 to 273 and 844 to 991 of the account)
//
// These are the id, the creator, the model, the data set, the reward, the rating
// asked for, the time of creation; version, treasury, fees, windows, quorums,
// stake, slashing, the deadline; committed scores and reward rule; and the reserved
// bytes, where terms of later versions go. Of a fair round they are hashed as
// [ConfigureFair] left them: without draw, lost bonds and commitments, and with the
// hash of a sealed test for its key. Nothing that happens in a round changes
// them, only its creator, and only before anybody takes part. The hash is zero for
// a round that was not read from the chain, or is an older program's.
func (r *Round) TermsHash() [32]byte { return r.termsHash }

// AssertTerms fails its transaction unless the terms of a round have a hash. In
// front of what is staked on a round it makes sure that the creator has not changed
// the terms since they were read. [Client.Pin] puts it there. Nobody has to sign
// it. The error is [ErrTermsChanged].
type AssertTerms struct {
	RoundID uint64   // of the round
	Hash    [32]byte // [Round.TermsHash]
}

// Build implements [Instruction].
func (i AssertTerms) Build(program solana.PublicKey) (solana.Instruction, error) {
	if i.Hash == ([32]byte{}) {
		return nil, fmt.Errorf("%w: no terms to compare with: only those of a round that was read from the chain can be pinned", ErrArgument)
	}
	ix, err := bindings.NewAssertTermsInstruction(i.RoundID, i.Hash, Addresses{program}.Round(i.RoundID))
	return bind(program, bindings.Instruction_AssertTerms, ix, err)
}

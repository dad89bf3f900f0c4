package run

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// Bits of what a verifier has done in a round.
const (
	hasSeen      = 1
	hasCommitted = 2
	hasRevealed  = 4
)

// Ballot is what a verifier says about a round's result.
type Ballot struct {
	Digest   Digest // of the next model
	Included Slots  // whose updates it is made of
	Score    int8   // −1, 0 or 1: the sign of what the model gained; 0 of witnesses
	Accuracy uint16 // of the new model on the voter's private part, hundredths of a percent; 0 of witnesses
}

// Verifier is one who was drawn for the round.
type Verifier struct {
	Slot      int
	Weight    uint64 // its effective stake at the draw, or 1
	Seen      Slots
	Committed Digest
	Ballot    Ballot
	status    uint8
}

// HasSeen reports whether the verifier has said which updates it has.
func (v Verifier) HasSeen() bool { return v.status&hasSeen != 0 }

// HasCommitted reports whether it has committed to a ballot.
func (v Verifier) HasCommitted() bool { return v.status&hasCommitted != 0 }

// HasRevealed reports whether it has revealed its ballot.
func (v Verifier) HasRevealed() bool { return v.status&hasRevealed != 0 }

// ballotsSize is the size of the account, in bytes.
const ballotsSize = 4_631

// Ballots are a round's submissions and votes.
type Ballots struct {
	Address     solana.PublicKey
	Run         solana.PublicKey
	CreatedSlot uint64
	Round       uint32
	Submitted   Slots      // who submitted; in Warmup, who is ready
	Accepted    Slots      // what a quorum of the verifiers has seen
	Submissions uint16     // so far
	Verifiers   []Verifier // 32 of them, of which the first Run.Drawn count
}

// DecodeBallots reads the data of a run's ballots.
func DecodeBallots(address solana.PublicKey, data []byte) (*Ballots, error) {
	c, err := anchor.Fields("Ballots", address, bindings.Account_Ballots, ballotsSize, data)
	if err != nil {
		return nil, err
	}
	c.U8() // the bump
	b := &Ballots{
		Address: address, Run: c.Bytes32(), CreatedSlot: c.U64(), Round: c.U32(),
		Submitted: c.Bytes32(), Accepted: c.Bytes32(), Submissions: c.U16(), Verifiers: make([]Verifier, MaxVerifiers),
	}
	for i := range b.Verifiers {
		b.Verifiers[i] = Verifier{
			Slot: int(c.U8()), Weight: c.U64(), Seen: c.Bytes32(), Committed: c.Bytes32(),
			Ballot: Ballot{Digest: c.Bytes32(), Included: c.Bytes32(), Score: int8(c.U8()), Accuracy: c.U16()}, status: c.U8(),
		}
	}
	return b, nil
}

package run

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// RosterSize is the size of a roster's account, in bytes.
const RosterSize = 22_056

// Totals are what a member has, in base units.
type Totals struct {
	Stake   uint64
	Earned  uint64
	Slashed uint64
	Claimed uint64
}

// Due is what can be claimed.
func (t Totals) Due() uint64 {
	taken := t.Slashed + t.Claimed
	if taken < t.Slashed || taken >= t.Earned {
		return 0
	}
	return t.Earned - taken
}

// Slot is a member's place in the roster.
type Slot struct {
	Wallet solana.PublicKey
	Status Status
	Missed uint8 // rounds in a row
	// Included and Rejected are how many updates of this epoch were.
	Included, Rejected uint16
	Totals
	SlashDue uint64    // of the stake, base units: anybody may collect it
	LeftAt   time.Time // when it was left, dropped or ejected
}

// Effective is the stake that counts.
func (s Slot) Effective() uint64 { return s.Stake - min(s.Stake, s.SlashDue) }

// Roster is who takes part in a run.
type Roster struct {
	Address solana.PublicKey
	Run     solana.PublicKey
	Slots   [MaxMembers]Slot
}

// DecodeRoster reads the data of a roster.
func DecodeRoster(address solana.PublicKey, data []byte) (*Roster, error) {
	c, err := anchor.Fields("Roster", address, bindings.Account_Roster, RosterSize, data)
	if err != nil {
		return nil, err
	}
	r := &Roster{Address: address, Run: c.Bytes32()}
	for i := range r.Slots {
		r.Slots[i] = Slot{
			Wallet: c.Bytes32(), Status: Status(c.U8()), Missed: c.U8(), Included: c.U16(), Rejected: c.U16(),
			Totals: Totals{Stake: c.U64(), Earned: c.U64(), Slashed: c.U64(), Claimed: c.U64()}, SlashDue: c.U64(), LeftAt: anchor.Unix(int64(c.U64())),
		}
	}
	return r, nil
}

// Find returns the slot of a wallet, −1 if it has none.
func (r *Roster) Find(wallet solana.PublicKey) int {
	for i, s := range r.Slots {
		if s.Status != Free && s.Wallet == wallet {
			return i
		}
	}
	return -1
}

// With are the slots of any of those statuses.
func (r *Roster) With(statuses ...Status) Slots {
	var out Slots
	for i, s := range r.Slots {
		for _, want := range statuses {
			if s.Status == want {
				out.Add(i)
			}
		}
	}
	return out
}

// Count is the number of slots of any of those statuses.
func (r *Roster) Count(statuses ...Status) int { return r.With(statuses...).Len() }

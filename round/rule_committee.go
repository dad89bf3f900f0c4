package round

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"time"

	"github.com/gagliardetto/solana-go"
)

// HasCommittee reports whether lots decide who may score the round.
func (r *Round) HasCommittee() bool { return r.Fair != nil && r.Fair.Committee > 0 }

// CanDraw returns why the draw of the committee cannot be begun, or ended, in a slot. (It
// does not know which slots had no block: the end may still be too early.)
func (r *Round) CanDraw(slot uint64, now time.Time) error {
	if err := r.mustBeActive(); err != nil {
		return err
	}
	switch {
	case !r.HasCommittee():
		return refuse(ErrInvalidParameter)
	case r.Gradients == 0:
		return refuse(ErrNoGradients)
	case now.Before(r.SubmissionsClose()):
		return notBefore(r.SubmissionsClose(), now, ErrTooEarly)
	case r.Drawn:
		return refuse(ErrAlreadyDrawn)
	case r.SeedSlot >= slot:
		return refuse(ErrTooEarly)
	}
	return nil
}

// InCommittee returns why the owner of a stake may not score a round with a committee at
// a time within a sitting; nil if it may, or if there is no committee. It comes on top
// of [Round.CanCommit].
//
// A validator is drawn if ⌊x·T/2^64⌋ < k·2^s·stake, with k the committee's size, T all
// stakes as the draw began, s the sitting, and x the first 8 bytes of
// sha256("decloud:committee" ‖ seed ‖ validator), little-endian: with a chance of
// k·2^s·stake/T, and always if that is 1. What was staked after submissions closed does
// not count. The seed is sha256("decloud:seed" ‖ address of the round ‖ hash of the
// slot).
//
// What lots cannot do: the leader of the slot knows its hash first and may leave the
// slot out; stakes that nobody scores with thin the committee out; and who has 1/k of all
// stakes is drawn in every round.
func (r *Round) InCommittee(s *Stake, now time.Time) error {
	if !r.HasCommittee() {
		return nil
	}
	if !r.Drawn {
		return refuse(ErrNotDrawn)
	}
	sitting, ok := r.Sitting(now)
	if !ok || s.Since.IsZero() || !s.Since.Before(r.SubmissionsClose()) || !r.drawn(s.Validator, s.Amount, sitting) {
		return refuse(ErrNotEligible)
	}
	return nil
}

func (r *Round) drawn(validator solana.PublicKey, stake uint64, sitting int) bool {
	hash := sha256.New()
	hash.Write([]byte("decloud:committee"))
	hash.Write(r.Seed[:])
	hash.Write(validator[:])
	at, _ := bits.Mul64(binary.LittleEndian.Uint64(hash.Sum(nil)), r.TotalStake)
	more, chances := bits.Mul64(uint64(r.Fair.Committee)<<sitting, stake)
	return more > 0 || at < chances
}

// Drawable counts the stakes, of all that there are, from which lots could choose the
// committee of a round that is not created yet, and how many of them the first sitting
// draws on average. Each later sitting draws twice as many, until all are drawn. Stakes
// under least do not count, nor those that [Stake].Since has no time for; the creator's
// own is for the caller to leave out.
func Drawable(stakes []*Stake, committee uint8, least uint64) (drawable int, seats float64) {
	var total float64
	for _, s := range stakes {
		total += float64(s.Amount)
	}
	for _, s := range stakes {
		if s.Amount >= max(least, 1) && !s.Since.IsZero() {
			drawable++
			seats += min(1, float64(committee)*float64(s.Amount)/total)
		}
	}
	return drawable, seats
}

// CanSlashCommitment returns why reporter cannot report a commitment that was never
// revealed; slashed says whether its validator was slashed for one in the round.
func (r *Round) CanSlashCommitment(c *Commitment, slashed bool, reporter solana.PublicKey) error {
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	switch {
	case !c.Sealed:
		return refuse(ErrNotOutlier)
	case !slashed && c.Validator == reporter:
		return refuse(ErrConflictOfInterest)
	}
	return nil
}

// CanCloseUnopened returns why the mark of a slash over commitments cannot be closed now. A
// nil round is closed itself, which is what it takes.
func (r *Round) CanCloseUnopened() error {
	if r == nil {
		return nil
	}
	return refuse(ErrTooEarly)
}

package reward

import (
	"errors"
	"fmt"
	"math/bits"
)

// Errors of a [Ledger] whose numbers are impossible for a round.
var (
	// ErrOverdrawn means that more than the reward was booked.
	ErrOverdrawn = errors.New("reward: more paid than the reward")
	// ErrTooManyClaims means that more claims were booked than there are
	// validations or improving gradients.
	ErrTooManyClaims = errors.New("reward: more claims than claimants")
)

// Ledger records what a round's vault has paid so far. The zero value is the
// ledger of a round without claims.
type Ledger struct {
	PaidTrainers    uint64 // net lamports to trainers
	PaidValidators  uint64 // net lamports to validators
	Fees            uint64 // lamports to the treasury, including the forfeited shares that it took
	Forfeited       uint64 // lamports of forfeited shares that the treasury could not take
	Withdrawn       uint64 // lamports withdrawn by the creator
	TrainerClaims   uint8  // number of claims that paid trainers something: a share, or a bond
	ValidatorClaims uint16 // number of claims for validations, including forfeited ones
}

// Treasury says whether the treasury can take lamports. It cannot if its
// account would stay below the rent-exempt minimum; fees are waived then, so
// that no honest claim fails because of it.
type Treasury bool

// The two cases of [Treasury].
const (
	TreasuryTakes  Treasury = true
	TreasuryCannot Treasury = false
)

// ClaimTrainer books the claim for a gradient with the given weight: its improvement, and
// under [WinRate] what [Weights] has for it.
func (l *Ledger) ClaimTrainer(s Shares, weight uint64, treasury Treasury) Payment {
	p := s.payment(s.TrainerGross(weight), treasury)
	l.PaidTrainers += p.Net
	l.Fees += p.Fee
	if weight > 0 {
		l.TrainerClaims++
	}
	return p
}

// ReturnBond books the claim for a gradient without a share whose bond comes back:
// it had no quorum, or improved the base by less than an earlier one. Bonds
// themselves are booked nowhere: they are beside the reward.
func (l *Ledger) ReturnBond() { l.TrainerClaims++ }

// ClaimValidator books the claim for a validation that is not an outlier.
func (l *Ledger) ClaimValidator(s Shares, treasury Treasury) Payment {
	p := s.payment(s.ValidatorGross(), treasury)
	l.PaidValidators += p.Net
	l.Fees += p.Fee
	l.ValidatorClaims++
	return p
}

// Forfeit books the share of an outlier, all of which goes to the treasury or,
// if the treasury cannot take it, stays in the vault. It returns the amount.
func (l *Ledger) Forfeit(s Shares, treasury Treasury) uint64 {
	v := s.ValidatorGross()
	if treasury {
		l.Fees += v
	} else {
		l.Forfeited += v
	}
	l.ValidatorClaims++
	return v
}

// Withdraw books a withdrawal by the creator and returns its amount, the
// current remainder.
func (l *Ledger) Withdraw(s Shares) (uint64, error) {
	w, err := l.Remainder(s)
	if err != nil {
		return 0, err
	}
	l.Withdrawn += w
	return w, nil
}

func (s Shares) payment(gross uint64, treasury Treasury) Payment {
	if !treasury {
		return Payment{Gross: gross, Net: gross}
	}
	return s.Payment(gross)
}

// Complete reports whether everybody has claimed. Then only the creator's
// remainder is left, and the vault can be closed.
func (l *Ledger) Complete(s Shares) bool {
	return l.ValidatorClaims == s.Validations && l.TrainerClaims == s.TrainerClaims()
}

// Remainder returns W, what the creator may withdraw now: everything that no
// claimant is entitled to.
//
//	W = R + bond·L − (X − forfeited) − withdrawn − v(N − c) − [I > 0 and trainer_claims < K ? T − G : 0]
//
// with K the claims of trainers that pay something, X the sum of all bookings, c the number of validators' claims and G = X
// − v·c the gross amount paid to trainers. For the ledger of a real round it
// never underflows, never includes what is owed, and leaves nothing behind once
// all have claimed; for impossible numbers it returns an error.
func (l *Ledger) Remainder(s Shares) (uint64, error) {
	owed, err := l.Owed(s)
	if err != nil {
		return 0, err
	}
	held, err := l.HeldOf(s)
	if err != nil {
		return 0, err
	}
	if owed > held {
		return 0, fmt.Errorf("%w: %d lamports are owed and %d held", ErrOverdrawn, owed, held)
	}
	return held - owed, nil
}

// Held returns how much of the reward is still in the vault, in lamports.
func (l *Ledger) Held(t Terms) (uint64, error) {
	out := t.Reward
	for _, paid := range []uint64{l.PaidTrainers, l.PaidValidators, l.Fees, l.Withdrawn} {
		rest, borrow := bits.Sub64(out, paid, 0)
		if borrow != 0 {
			return 0, fmt.Errorf("%w: reward of %d lamports", ErrOverdrawn, t.Reward)
		}
		out = rest
	}
	return out, nil
}

// HeldOf returns how much of the reward and of the lost bonds is still in the vault,
// in lamports.
func (l *Ledger) HeldOf(s Shares) (uint64, error) {
	all, carry := bits.Add64(s.Reward, s.LostBonds(), 0)
	if carry != 0 || s.Bond > maxBond {
		return 0, fmt.Errorf("%w: a reward of %d lamports and %d bonds of %d", ErrInvalid, s.Reward, s.BondsLost, s.Bond)
	}
	return l.Held(Terms{Reward: all})
}

// Owed returns what validators and trainers can still claim, gross. While the
// claim for an improving gradient is open, it includes the whole unpaid part of
// the trainers' pool, rounding included.
func (l *Ledger) Owed(s Shares) (uint64, error) {
	if claims := s.TrainerClaims(); l.ValidatorClaims > s.Validations || l.TrainerClaims > claims {
		return 0, fmt.Errorf("%w: %d of %d validations, %d of %d gradients", ErrTooManyClaims,
			l.ValidatorClaims, s.Validations, l.TrainerClaims, claims)
	}
	v := s.ValidatorGross()
	owed := v * uint64(s.Validations-l.ValidatorClaims) // at most V
	if s.TotalWeight() == 0 || l.TrainerClaims == s.TrainerClaims() {
		return owed, nil
	}
	booked, err := l.booked()
	if err != nil {
		return 0, err
	}
	gross, borrow := bits.Sub64(booked, v*uint64(l.ValidatorClaims), 0)
	pool := s.TrainerPool()
	if borrow != 0 || gross > pool {
		return 0, fmt.Errorf("%w: from a trainers' pool of %d lamports", ErrOverdrawn, pool)
	}
	return owed + pool - gross, nil
}

// booked returns X, the gross amount of all claims so far.
func (l *Ledger) booked() (uint64, error) {
	var x, carry uint64
	for _, n := range []uint64{l.PaidTrainers, l.PaidValidators, l.Fees, l.Forfeited} {
		if x, carry = bits.Add64(x, n, 0); carry != 0 {
			return 0, fmt.Errorf("%w: the sum overflows", ErrOverdrawn)
		}
	}
	return x, nil
}

package reward

import (
	"errors"
	"fmt"
	"math/bits"
)

// Errors of a [Ledger]. They mean that its numbers cannot come from a round.
var (
	// ErrOverdrawn means that more was booked than the reward.
	ErrOverdrawn = errors.New("reward: more paid than there was")
	// ErrTooManyClaims means that more claims were booked than there are
	// validations or improving gradients.
	ErrTooManyClaims = errors.New("reward: more claims than claimants")
)

// Ledger is what a round's vault has paid so far. The zero value is the ledger
// of a round from which nobody has claimed.
type Ledger struct {
	PaidTrainers    uint64 // net, lamports
	PaidValidators  uint64 // net, lamports
	Fees            uint64 // to the treasury, forfeited shares that it took included
	Forfeited       uint64 // forfeited shares that the treasury could not take
	Withdrawn       uint64 // by the creator
	TrainerClaims   uint8  // of gradients with an improvement over 0
	ValidatorClaims uint16 // forfeited ones included
}

// Treasury says whether the treasury can take lamports. It cannot while its
// account would stay under the rent-exempt minimum; then fees are waived, so
// that no honest claim fails over it.
type Treasury bool

// The two cases of [Treasury].
const (
	TreasuryTakes  Treasury = true
	TreasuryCannot Treasury = false
)

// ClaimTrainer books the claim of a gradient with that improvement.
func (l *Ledger) ClaimTrainer(s Shares, improvement uint64, treasury Treasury) Payment {
	p := s.payment(s.TrainerGross(improvement), treasury)
	l.PaidTrainers += p.Net
	l.Fees += p.Fee
	if improvement > 0 {
		l.TrainerClaims++
	}
	return p
}

// ClaimValidator books the claim of one honest validation.
func (l *Ledger) ClaimValidator(s Shares, treasury Treasury) Payment {
	p := s.payment(s.ValidatorGross(), treasury)
	l.PaidValidators += p.Net
	l.Fees += p.Fee
	l.ValidatorClaims++
	return p
}

// Forfeit books the share of an outlier, all of which goes to the treasury, or
// stays in the vault where the treasury cannot take it. It returns the amount.
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

// Withdraw books a withdrawal of the creator and returns its amount, the
// remainder at this moment.
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

// Complete tells whether everybody has claimed. Only the creator's remainder is
// left then, and the vault can be closed.
func (l *Ledger) Complete(s Shares) bool {
	return l.ValidatorClaims == s.Validations && l.TrainerClaims == s.Improving
}

// Remainder is W, what the creator may withdraw now: everything that nobody can
// claim any more and nobody could have claimed at all.
//
//	W = R − (X − forfeited) − withdrawn − v(N − c) − [trainer_claims < improving ? T − G : 0]
//
// with X all that was booked, c the validators' claims and G = X − v·c what was
// paid to trainers, gross. For the ledger of a real round it never underflows,
// never takes what is owed, and strands nothing once all have claimed; for
// other numbers it returns an error.
func (l *Ledger) Remainder(s Shares) (uint64, error) {
	owed, err := l.Owed(s)
	if err != nil {
		return 0, err
	}
	held, err := l.Held(s.Terms)
	if err != nil {
		return 0, err
	}
	if owed > held {
		return 0, fmt.Errorf("%w: %d lamports are owed and %d held", ErrOverdrawn, owed, held)
	}
	return held - owed, nil
}

// Held is what of the reward is still in the vault.
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

// Owed is what validators and trainers have yet to claim, gross. As long as an
// improving gradient has not claimed, it covers all of the trainers' pool that
// was not paid, the rounding of their shares included.
func (l *Ledger) Owed(s Shares) (uint64, error) {
	if l.ValidatorClaims > s.Validations || l.TrainerClaims > s.Improving {
		return 0, fmt.Errorf("%w: %d of %d validations, %d of %d gradients", ErrTooManyClaims,
			l.ValidatorClaims, s.Validations, l.TrainerClaims, s.Improving)
	}
	v := s.ValidatorGross()
	owed := v * uint64(s.Validations-l.ValidatorClaims) // at most V
	if l.TrainerClaims == s.Improving {
		return owed, nil
	}
	booked, err := l.booked()
	if err != nil {
		return 0, err
	}
	gross, borrow := bits.Sub64(booked, v*uint64(l.ValidatorClaims), 0)
	pool := s.TrainerPool()
	if borrow != 0 || gross > pool {
		return 0, fmt.Errorf("%w: of a trainers' pool of %d lamports", ErrOverdrawn, pool)
	}
	return owed + pool - gross, nil
}

// booked is X, the gross of all claims so far.
func (l *Ledger) booked() (uint64, error) {
	var x, carry uint64
	for _, n := range []uint64{l.PaidTrainers, l.PaidValidators, l.Fees, l.Forfeited} {
		if x, carry = bits.Add64(x, n, 0); carry != 0 {
			return 0, fmt.Errorf("%w: the sum overflows", ErrOverdrawn)
		}
	}
	return x, nil
}

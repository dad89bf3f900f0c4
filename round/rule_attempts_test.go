package round_test

import (
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

func (l *lab) round() *round.Round {
	if r := read(l, l.addr.Round(0), round.DecodeRound); r != nil {
		return r.SeenAt(l.bank.Slot())
	}
	return nil
}
func (l *lab) vault() *round.Vault { return read(l, l.addr.Vault(0), round.DecodeVault) }

func (l *lab) stake(validator solana.PublicKey) uint64 {
	if s := read(l, l.addr.Stake(validator), round.DecodeStake); s != nil {
		return s.Amount
	}
	return 0
}

func (l *lab) gradient(trainer solana.PublicKey) *round.Gradient {
	return read(l, l.addr.Gradient(0, trainer), round.DecodeGradient)
}

func (l *lab) gradients() (all []*round.Gradient) {
	for _, t := range l.trainers {
		if g := l.gradient(t); g != nil {
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b *round.Gradient) int { return int(a.Index) - int(b.Index) })
	return all
}

// judges are all who may try to score.
func (l *lab) judges() []solana.PublicKey {
	return append([]solana.PublicKey{l.creator, l.trainers[0]}, l.validators...)
}

// attempts are all instructions whose accounts exist.
func (l *lab) attempts() (all []attempt) {
	r := l.round()
	if r == nil {
		return l.closings(nil)
	}
	add := func(i round.Instruction, rule func(now time.Time) error) { all = append(all, attempt{i, rule}) }
	for _, who := range []solana.PublicKey{l.creator, l.outsider} {
		add(round.ConfigureRound{Options: r.Options, Creator: who}, func(time.Time) error { return r.CanConfigure(who) })
		if l.vault() != nil {
			add(round.CancelRound{Creator: who}, func(time.Time) error { return r.CanCancel(who) })
		}
		add(round.FinalizeRound{Creator: who}, func(now time.Time) error { return r.CanFinalize(who, now) })
		add(l.withdrawal(r, who), func(now time.Time) error { return r.CanWithdraw(who, l.vault(), now) })
	}
	for _, key := range [][32]byte{labSalt, {}} {
		add(round.RevealHoldout{Key: key, Anyone: l.outsider}, func(now time.Time) error { return r.CanRevealHoldout(key, now) })
	}
	add(round.DrawCommittee{Anyone: l.outsider}, func(now time.Time) error { return r.CanDraw(l.bank.Slot(), now) })
	add(round.ForceFinalize{Anyone: l.outsider}, r.CanForceFinalize)
	add(round.CloseRound{Creator: l.creator, Anyone: l.outsider}, func(now time.Time) error { return r.CanClose(l.vault(), now) })
	all = append(all, l.submissions(r)...)
	for _, v := range l.judges() {
		all = append(all, l.scoring(r, nil, v)...)
		for _, g := range l.gradients() {
			all = append(all, l.scoring(r, g, v)...)
		}
	}
	return slices.Concat(all, l.claims(r), l.unopened(r), l.closings(r), l.stakes())
}

func (l *lab) withdrawal(r *round.Round, who solana.PublicKey) round.WithdrawRemainder {
	w := round.WithdrawRemainder{Creator: who}
	if r.HasHoldout() {
		w.Treasury = r.Treasury
	}
	return w
}

func (l *lab) submissions(r *round.Round) (all []attempt) {
	for i, t := range append(slices.Clone(l.trainers), l.creator) {
		if l.gradient(t) != nil || r.Sealed() && l.vault() == nil {
			continue
		}
		stars := read(l, l.addr.Profile(t), round.DecodeProfile).Stars
		all = append(all, attempt{round.SubmitGradient{GradientCID: gradientCID(i), Sealed: r.Sealed(), Trainer: t},
			func(now time.Time) error { return r.CanSubmit(t, stars, now) }})
	}
	return all
}

// labSalt is what everybody commits to in the lab.
var labSalt = [32]byte{7}

// accuracyOf is a validator's score of a model; the third validator is an outlier.
func (l *lab) accuracyOf(g *round.Gradient, validator solana.PublicKey) uint32 {
	i := slices.Index(l.validators, validator)
	if i == 2 {
		return 9000
	}
	if g == nil {
		return uint32(5000 + i + 1)
	}
	return uint32(4900 + 200*int(g.Index) + i + 1)
}

// scoring are the ways to a score of a gradient, or of the base model (nil).
func (l *lab) scoring(r *round.Round, g *round.Gradient, v solana.PublicKey) (all []attempt) {
	subject, score := round.BaseModel, l.addr.PreValidation(0, v)
	if g != nil {
		subject, score = g.Trainer, l.addr.PostValidation(0, g.Trainer, v)
	}
	if _, scored := l.bank.Account(score); scored {
		return nil
	}
	accuracy, stake := l.accuracyOf(g, v), l.stake(v)
	commitment := read(l, l.addr.Commitment(0, subject, v), round.DecodeCommitment)
	if g == nil {
		all = append(all, attempt{round.Prevalidate{Accuracy: accuracy, Validator: v},
			func(now time.Time) error { return r.CanPrevalidate(v, stake, now) }})
	} else {
		all = append(all, attempt{round.Postvalidate{Trainer: subject, Accuracy: accuracy, Validator: v},
			func(time.Time) error { return r.CanPostvalidate(g, v, stake) }})
	}
	if commitment == nil {
		hash := round.CommitmentHash(l.addr.Program, 0, subject, v, accuracy, labSalt)
		return append(all, attempt{round.CommitValidation{Subject: subject, Hash: hash, Sealed: r.Sealed(), Validator: v},
			func(now time.Time) error { return l.canCommit(r, g, v, now) }})
	}
	reveal := round.Instruction(round.RevealPrevalidation{Accuracy: accuracy, Salt: labSalt, Validator: v})
	if g != nil {
		reveal = round.RevealPostvalidation{Trainer: subject, Accuracy: accuracy, Salt: labSalt, Validator: v}
	}
	return append(all, attempt{reveal, func(now time.Time) error {
		if r.Sealed() && r.Status == round.Active && !now.Before(commitment.RevealEnds) {
			return &round.RuleError{Err: round.ErrRevealClosed} // it is for its own sitting
		}
		return r.CanReveal(g, v, stake, now)
	}})
}

// canCommit is the rule about a commitment, that of the committee included.
func (l *lab) canCommit(r *round.Round, g *round.Gradient, v solana.PublicKey, now time.Time) error {
	if err := r.CanCommit(g, v, l.stake(v), now); err != nil {
		return err
	}
	return l.inCommittee(r, v, now)
}

func (l *lab) inCommittee(r *round.Round, v solana.PublicKey, now time.Time) error {
	s := read(l, l.addr.Stake(v), round.DecodeStake)
	if s == nil {
		s = new(round.Stake)
	}
	return r.InCommittee(s, now)
}

// unopened are the reports of commitments that nobody revealed.
func (l *lab) unopened(r *round.Round) (all []attempt) {
	for _, v := range l.judges() {
		slashed := read(l, l.addr.Unopened(0, v), round.DecodeUnopened) != nil
		for _, c := range l.commitments(v) {
			for _, reporter := range []solana.PublicKey{l.outsider, v} {
				all = append(all, attempt{round.SlashCommitment{Subject: c.Subject, Validator: v, Treasury: r.Treasury, Reporter: reporter},
					func(time.Time) error { return r.CanSlashCommitment(c, slashed, reporter) }})
			}
		}
	}
	return all
}

// subjectScore is a validator's score of one model.
type subjectScore struct {
	subject, validator solana.PublicKey
	score              round.Validation
}

func (l *lab) scores() (all []subjectScore) {
	for _, v := range l.judges() {
		if p := read(l, l.addr.PreValidation(0, v), round.DecodePreValidation); p != nil {
			all = append(all, subjectScore{round.BaseModel, v, p})
		}
		for _, t := range l.trainers {
			if p := read(l, l.addr.PostValidation(0, t, v), round.DecodePostValidation); p != nil {
				all = append(all, subjectScore{t, v, p})
			}
		}
	}
	return all
}

func (l *lab) claims(r *round.Round) (all []attempt) {
	vault := l.vault()
	for _, g := range l.gradients() {
		all = append(all,
			attempt{round.ClaimTrainer{Treasury: r.Treasury, Trainer: g.Trainer}, func(time.Time) error { return r.CanClaimTrainer(g, vault) }},
			attempt{round.SettleRating{Trainer: g.Trainer, Anyone: l.outsider}, func(time.Time) error { return r.CanSettle(g) }})
		if !r.Sealed() { // the rule is the same there, and the walks are long enough
			all = append(all, attempt{round.SetSource{Source: "hf:a/b@c", Trainer: g.Trainer}, func(time.Time) error { return r.CanSetSource() }})
		}
	}
	for _, s := range l.scores() {
		claim := round.Instruction(round.ClaimValidatorPre{Treasury: r.Treasury, Validator: s.validator})
		if s.subject != round.BaseModel {
			claim = round.ClaimValidatorPost{Trainer: s.subject, Treasury: r.Treasury, Validator: s.validator}
		}
		all = append(all, attempt{claim, func(time.Time) error { return r.CanClaimValidator(s.score, vault) }})
		for _, reporter := range []solana.PublicKey{l.outsider, s.validator} {
			all = append(all, attempt{
				round.SlashValidator{Trainer: s.subject, Validator: s.validator, Treasury: r.Treasury, Reporter: reporter},
				func(time.Time) error { return r.CanSlash(s.score, reporter) }})
		}
	}
	return all
}

func (l *lab) closings(r *round.Round) (all []attempt) {
	for _, t := range l.trainers {
		if read(l, l.addr.Source(0, t), round.DecodeSource) != nil {
			all = append(all, attempt{round.CloseSource{Trainer: t, Anyone: l.outsider}, r.CanCloseSource})
		}
		if g := l.gradient(t); g != nil {
			for _, who := range []solana.PublicKey{l.outsider, t} {
				all = append(all, attempt{round.CloseGradient{Trainer: t, Anyone: who},
					func(now time.Time) error { return r.CanCloseGradient(g, who, now) }})
			}
		}
	}
	for _, s := range l.scores() {
		for _, who := range []solana.PublicKey{l.outsider, s.validator} {
			all = append(all, attempt{round.CloseValidation{Trainer: s.subject, Validator: s.validator, Anyone: who},
				func(now time.Time) error { return r.CanCloseValidation(s.score, who, now) }})
		}
	}
	for _, v := range l.judges() {
		for _, c := range l.commitments(v) {
			all = append(all, attempt{round.CloseCommitment{Subject: c.Subject, Validator: v},
				func(now time.Time) error { return r.CanCloseCommitment(c, now) }})
		}
		if mark := read(l, l.addr.Unopened(0, v), round.DecodeUnopened); mark != nil {
			all = append(all, attempt{round.CloseUnopened{Validator: v, Reporter: mark.Reporter, Anyone: l.outsider},
				func(time.Time) error { return r.CanCloseUnopened() }})
		}
	}
	return all
}

func (l *lab) commitments(v solana.PublicKey) (all []*round.Commitment) {
	for _, subject := range append([]solana.PublicKey{round.BaseModel}, l.trainers...) {
		if c := read(l, l.addr.Commitment(0, subject, v), round.DecodeCommitment); c != nil {
			all = append(all, c)
		}
	}
	return all
}

func (l *lab) stakes() (all []attempt) {
	for _, v := range l.validators {
		if s := read(l, l.addr.Stake(v), round.DecodeStake); s != nil {
			all = append(all,
				attempt{round.RequestUnstake{Amount: labStake, Validator: v}, func(time.Time) error { return s.CanUnstake(labStake) }},
				attempt{round.WithdrawStake{Validator: v}, s.CanWithdraw})
		}
	}
	return all
}

// work is what a validator has on chain.
func (l *lab) work(v solana.PublicKey) round.ValidatorWork {
	w := round.ValidatorWork{Commitments: l.commitments(v)}
	for _, s := range l.scores() {
		if s.validator != v {
			continue
		}
		switch p := s.score.(type) {
		case *round.PreValidation:
			w.Base = p
		case *round.PostValidation:
			w.Gradients = append(w.Gradients, p)
		}
	}
	return w
}

package view

import (
	"context"
	"fmt"
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// Scores are a row of the matrix of scores: one for each of Round.Validators, in their order. A round has up to 255 submissions
// with two dozen scores each, so that nothing is said twice: a score's account is found by Reader.Score.
type Scores struct {
	Accuracies []uint32 `json:"scores"` // hundredths of a percent; 0 where there is none
	Marks      string   `json:"marks"`  // a letter for each: NoScore and so on
}

// The letters in Scores.Marks.
const (
	NoScore   = '-'
	Committed = 'c' // but not revealed: there is no accuracy yet
	Scored    = 's'
	Outlier   = 'o' // too far from the consensus, as it stands: not paid
	Slashed   = 'x'
)

// matrix collects scores by subject.
type matrix struct {
	columns map[solana.PublicKey]int // of validators
	rows    map[solana.PublicKey]*Scores
}

// matrixOf makes a row for each subject, and sorts scores and commitments into them. The validators are in the order of their
// addresses' texts.
func matrixOf(a accounts) (m matrix, validators []string) {
	m = matrix{columns: map[solana.PublicKey]int{}, rows: map[solana.PublicKey]*Scores{}}
	var who []solana.PublicKey
	for _, p := range a.base {
		who = append(who, p.Validator)
	}
	for _, p := range a.scores {
		who = append(who, p.Validator)
	}
	for _, c := range a.commits {
		who = append(who, c.Validator)
	}
	names := map[solana.PublicKey]string{}
	for _, one := range who {
		if _, found := names[one]; !found {
			names[one] = one.String()
		}
	}
	validators = []string{}
	for _, name := range names {
		validators = append(validators, name)
	}
	slices.Sort(validators)
	for key, name := range names {
		m.columns[key], _ = slices.BinarySearch(validators, name)
	}
	m.fill(a)
	return m, validators
}

func (m matrix) fill(a accounts) {
	for _, p := range a.base {
		m.set(round.BaseModel, p.Validator, p.Accuracy, markOf(p.Slashed, a.round.IsForfeit(p)))
	}
	for _, p := range a.scores {
		m.set(p.Trainer, p.Validator, p.Accuracy, markOf(p.Slashed, a.round.IsForfeit(p)))
	}
	for _, c := range a.commits {
		m.set(c.Subject, c.Validator, 0, Committed)
	}
}

// row is that of a subject.
func (m matrix) row(subject solana.PublicKey) *Scores {
	one := m.rows[subject]
	if one == nil {
		one = &Scores{Accuracies: make([]uint32, len(m.columns))}
		marks := make([]byte, len(m.columns))
		for i := range marks {
			marks[i] = NoScore
		}
		one.Marks = string(marks)
		m.rows[subject] = one
	}
	return one
}

func (m matrix) set(subject, validator solana.PublicKey, accuracy uint32, mark byte) {
	one, i := m.row(subject), m.columns[validator]
	one.Accuracies[i] = accuracy
	one.Marks = one.Marks[:i] + string(rune(mark)) + one.Marks[i+1:]
}

func markOf(slashed, outlier bool) byte {
	switch {
	case slashed:
		return Slashed
	case outlier:
		return Outlier
	}
	return Scored
}

// subjects fills in what was scored, and by whom.
func (r *Reader) subjects(ctx context.Context, v *Round, a accounts) error {
	trainers, err := r.trainers(ctx, a)
	if err != nil {
		return err
	}
	m, validators := matrixOf(a)
	v.Validators = validators
	base, has := a.round.Base().Consensus()
	v.Base = Subject{Address: a.round.Address.String(), Consensus: base, Quorum: has, Scores: *m.row(round.BaseModel)}
	for _, g := range a.gradients {
		scored := g.Validations(a.round)
		s := Subject{Address: g.Address.String(), Trainer: g.Trainer.String(), CID: plain(g.CID), Stars: trainers[g.Trainer].stars, Source: trainers[g.Trainer].source,
			Improvement: scored.Improvement(a.round.Base()), Submitted: moment(g.SubmittedAt), Scores: *m.row(g.Trainer)}
		s.Consensus, s.Quorum = scored.Consensus()
		v.Gradients = append(v.Gradients, s)
	}
	return nil
}

// Base is what Score takes in place of a trainer for a score of the base model.
const Base = "base"

// Score reads the account of a validator's score of a trainer's submission, or of Base: its commitment as long as it is not
// revealed.
func (r *Reader) Score(ctx context.Context, id uint64, trainer, validator string) (Account, error) {
	if r.Rounds == nil {
		return Account{}, fmt.Errorf("no round program is set: %w", ErrUnknown)
	}
	who, err := addressOf(validator)
	if err != nil {
		return Account{}, err
	}
	subject := round.BaseModel
	if trainer != Base {
		if subject, err = addressOf(trainer); err != nil {
			return Account{}, err
		}
	}
	all := r.Rounds.Addresses()
	score := all.PostValidation(id, subject, who)
	if subject == round.BaseModel {
		score = all.PreValidation(id, who)
	}
	for _, address := range []solana.PublicKey{score, all.Commitment(id, subject, who)} {
		v, err := r.Account(ctx, address.String())
		if err != nil || v.Exists {
			return v, err
		}
	}
	return Account{}, fmt.Errorf("a score of round %d by %s: %w", id, who, ErrUnknown)
}

package fairplay

import (
	"errors"
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A finding is what validators find out about a package, each thing once. It depends on who submits it.
type finding struct {
	head    packagefmt.Network
	invalid bool
	answers []byte          // what [validator.Judge.Answers] gives; of open rounds
	scores  map[test]uint32 // in sealed rounds, where they depend on nothing else
}

// judge scores submissions in their order, as a validator does that can fetch what can be fetched. In open rounds those
// before may be copied; in sealed ones nobody could see them.
func (l *Lab) judge(mode Mode, on test, all []submission) ([]uint32, error) {
	judge, err := l.judgeOf(on)
	if err != nil {
		return nil, err
	}
	scores := make([]uint32, len(all))
	before := &l.nothing
	for i, s := range all {
		if s.content == nil {
			continue
		}
		found, err := l.find(mode, s)
		switch {
		case err != nil || found.invalid:
		case mode.Sealed():
			scores[i], err = l.scoreSealed(on, judge, found)
		default:
			if before, err = l.scoreOpen(judge, before, found); err == nil {
				scores[i] = before.score
			}
		}
		if err != nil {
			return nil, fmt.Errorf("scoring %s: %w", s.trainer, err)
		}
	}
	return scores, nil
}

// find reads a package once for each of its submitters. What cannot be read scores 0.
func (l *Lab) find(mode Mode, s submission) (*finding, error) {
	if f, ok := s.content.found[s.trainer]; ok {
		return f, nil
	}
	head, err := packagefmt.ReadOwnedGradient(s.content.files, l.pkg, owner(s.trainer), mode.Sealed())
	f := &finding{head: head, scores: map[test]uint32{}}
	if errors.Is(err, packagefmt.ErrInvalid) || errors.Is(err, packagefmt.ErrUnsupported) {
		f.invalid, err = true, nil
	}
	s.content.found[s.trainer] = f
	return f, err
}

func (l *Lab) scoreSealed(on test, judge *validator.Judge, f *finding) (uint32, error) {
	if score, ok := f.scores[on]; ok {
		return score, nil
	}
	score, err := judge.Score(l.ctx, f.head, nil)
	f.scores[on] = score.Accuracy
	return score.Accuracy, err
}

// A line is heads in the order in which they were handed in to an open round. Many rounds begin alike, and what they have in
// common is scored once.
type line struct {
	score   uint32 // of the last one
	earlier []validator.Earlier
	longer  map[*finding]*line
}

// scoreOpen scores a head behind others.
func (l *Lab) scoreOpen(judge *validator.Judge, before *line, f *finding) (*line, error) {
	if known, ok := before.longer[f]; ok {
		return known, nil
	}
	if f.answers == nil {
		var err error
		if f.answers, err = judge.Answers(l.ctx, f.head); err != nil && !errors.Is(err, validator.ErrInvalidHead) {
			return nil, err
		}
	}
	score, err := judge.Score(l.ctx, f.head, before.earlier)
	if err != nil {
		return nil, err
	}
	if before.longer == nil {
		before.longer = map[*finding]*line{}
	}
	own := validator.Earlier{ID: "an earlier head", Norm: validator.Norm(f.head), Answers: f.answers,
		Open: func() (packagefmt.Network, error) { return f.head, nil }}
	before.longer[f] = &line{score: score.Accuracy, earlier: append(slices.Clip(before.earlier), own)}
	return before.longer[f], nil
}

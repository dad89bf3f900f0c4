package aggregate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run/update"
)

// Why a readable update is left out, in the order in which it is checked.
var (
	// ErrCopy means that it is, within 1 %, an earlier valid one, or leaves the
	// model as it is.
	ErrCopy = errors.New("aggregate: a copy")
	// ErrNorm means that it is too large beside the median.
	ErrNorm = errors.New("aggregate: too large")
	// ErrAgreement means that it points too far away from the sum of the others.
	ErrAgreement = errors.New("aggregate: against the others")
)

// Bounds of the rule about copies.
const (
	copyDistance = 1e-2 // of the change's norm: nearer to an earlier one is a copy of it
	leastChange  = 1e-6 // of the model's norm: less is a copy of the model
)

// Rules are a run's bounds on updates. The zero value has no bound but the one on
// copies.
type Rules struct {
	// MaxNorm is the largest norm of a change, as a multiple of the median of those
	// that passed the earlier rules. 0: any.
	MaxNorm float64
	// MinAgreement is the smallest cosine between a change and the sum of the others
	// that passed the earlier rules. Nil: any. Where data differ much from member to
	// member, honest changes differ too: measure before you set it.
	MinAgreement *float64
}

// Check reports whether the bounds make sense.
func (r Rules) Check() error {
	if !(r.MaxNorm == 0 || r.MaxNorm >= 1 && r.MaxNorm <= math.MaxFloat32) {
		return fmt.Errorf("%w: max_norm is a multiple of the median, 1 or more (0: any), not %v", ErrOptions, r.MaxNorm)
	}
	if r.MinAgreement != nil && !(*r.MinAgreement >= -1 && *r.MinAgreement < 1) {
		return fmt.Errorf("%w: min_agreement is a cosine, −1 (any) or more and under 1, not %v", ErrOptions, *r.MinAgreement)
	}
	return nil
}

// Submission is a member's update as it was read.
type Submission struct {
	Change update.Change // fits the model; ignored if Err is set
	Err    error         // of [update.Read]
}

// Judge says of each submission, in the order in which they were submitted, why it
// is left out: nil for those that are included.
func Judge(model packagefmt.Network, submissions []Submission, rules Rules) []error {
	j := judge{submissions: submissions, verdicts: make([]error, len(submissions)), norms: make([]float64, len(submissions))}
	for i, s := range submissions {
		if j.verdicts[i] = s.Err; s.Err == nil {
			j.norms[i] = s.Change.Norm()
		}
	}
	j.copies(update.Change(model.Weights).Norm())
	if rules.MaxNorm > 0 {
		j.large(rules.MaxNorm)
	}
	if rules.MinAgreement != nil && *rules.MinAgreement > -1 {
		j.contrary(*rules.MinAgreement)
	}
	return j.verdicts
}

type judge struct {
	submissions []Submission
	verdicts    []error
	norms       []float64
}

// passed are the indices of those that no rule has left out so far.
func (j *judge) passed() []int {
	var out []int
	for i, v := range j.verdicts {
		if v == nil {
			out = append(out, i)
		}
	}
	return out
}

func (j *judge) copies(model float64) {
	for _, i := range j.passed() {
		if j.norms[i] == 0 || j.norms[i] < float64(leastChange*model) {
			j.verdicts[i] = fmt.Errorf("%w of the model: the change has norm %.3g, the model %.3g", ErrCopy, j.norms[i], model)
			continue
		}
		for earlier := range i {
			if j.verdicts[earlier] == nil && j.near(i, earlier) {
				j.verdicts[i] = fmt.Errorf("%w of submission %d", ErrCopy, earlier)
				break
			}
		}
	}
}

// near reports whether change i is within copyDistance of an earlier one.
func (j *judge) near(i, earlier int) bool {
	limit := float64(copyDistance * j.norms[i])
	if math.Abs(j.norms[i]-j.norms[earlier]) > 2*limit {
		return false // by the triangle inequality, with room for rounding
	}
	squares, most := 0.0, float64(limit*limit)
	a, b := j.submissions[i].Change, j.submissions[earlier].Change
	for _, name := range a.Names() {
		if !packagefmt.Learned(name) {
			continue
		}
		other := b[name].Data
		for k, v := range a[name].Data {
			d := float64(v) - float64(other[k])
			squares += float64(d * d)
			if squares > most {
				return false
			}
		}
	}
	return true
}

func (j *judge) large(times float64) {
	passed := j.passed()
	if len(passed) == 0 {
		return
	}
	norms := make([]float64, len(passed))
	for k, i := range passed {
		norms[k] = j.norms[i]
	}
	slices.Sort(norms)
	median := norms[(len(norms)-1)/2]
	for _, i := range passed {
		if j.norms[i] > float64(times*median) {
			j.verdicts[i] = fmt.Errorf("%w: norm %.3g, the median is %.3g and %.3g times that is allowed", ErrNorm, j.norms[i], median, times)
		}
	}
}

// contrary compares each change with the sum of the others that are left.
func (j *judge) contrary(least float64) {
	passed := j.passed()
	if len(passed) < 2 {
		return
	}
	changes := make([]update.Change, len(passed))
	for k, i := range passed {
		changes[k] = j.submissions[i].Change
	}
	total := sum(changes)
	for k, i := range passed {
		if cos := cosine(changes[k], total); cos < least {
			j.verdicts[i] = fmt.Errorf("%w: the cosine is %.3f, at least %.3f is asked for", ErrAgreement, cos, least)
		}
	}
}

// cosine is that of a change and the rest of a total, 0 if one of them is zero.
func cosine(c update.Change, total Step) float64 {
	var dot, own, others float64
	for _, name := range c.Names() {
		if !packagefmt.Learned(name) {
			continue
		}
		for k, v := range c[name].Data {
			x := float64(v)
			rest := total[name][k] - x
			dot += float64(x * rest)
			own += float64(x * x)
			others += float64(rest * rest)
		}
	}
	if own == 0 || others == 0 {
		return 0
	}
	return dot / float64(math.Sqrt(own)*math.Sqrt(others))
}

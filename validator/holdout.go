package validator

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
)

// deviations is how many standard deviations a base may score off its public accuracy on a sealed test.
const deviations = 4

// NewHoldoutJudge is the judge of a round with a sealed test. It scores on that alone if the key
// opens a test of the package ([packagefmt.Package.OpenHoldout]) on which the base scores within
// four standard deviations of what it does on the public split. Otherwise, and where key is nil since
// it was not revealed, it scores on the public split, and [Judge.Unsealed] says why. Every validator
// comes to the same judge.
func NewHoldoutJudge(ctx context.Context, pkg *packagefmt.Package, public Test, key *packagefmt.HoldoutKey) (*Judge, error) {
	judge, err := NewJudge(ctx, pkg.Head, public)
	if err != nil {
		return nil, err
	}
	if key == nil {
		judge.unsealed = errNotRevealed
		return judge, nil
	}
	hidden, err := pkg.OpenHoldout(*key)
	if err != nil {
		judge.unsealed = err
		return judge, nil //nolint:nilerr // it is no fault of the round's: the public split counts
	}
	sealed, err := NewJudge(ctx, pkg.Head, Test{Embeddings: hidden.Embeddings, Labels: hidden.Labels, Limit: public.Limit})
	switch {
	case errors.Is(err, ErrTest) || errors.Is(err, ErrInvalidHead):
		judge.unsealed = err
		return judge, nil
	case err != nil:
		return nil, err
	case !sameKind(judge.mark.correct, len(judge.split.labels), sealed.mark.correct, len(sealed.split.labels)):
		judge.unsealed = fmt.Errorf("the base scores %d hundredths of a percent on it and %d on the public split: that is no test of the same kind", sealed.Base(), judge.Base())
		return judge, nil
	}
	return sealed, nil
}

var errNotRevealed = errors.New("its key was not revealed")

// Unsealed is why a judge of [NewHoldoutJudge] scores on the public split; nil if it scores on the
// sealed test.
func (j *Judge) Unsealed() error { return j.unsealed }

// sameKind reports whether two shares of right answers differ by no more than so many standard deviations, where
// both samples are drawn alike: (a/m − b/n)² ≤ 16·p·(1 − p)·(1/m + 1/n), p being the share in both together; in
// whole numbers, so that nobody rounds.
func sameKind(a, m, b, n int) bool {
	of := func(factors ...int) *big.Int {
		product := big.NewInt(1)
		for _, f := range factors {
			product.Mul(product, big.NewInt(int64(f)))
		}
		return product
	}
	off := new(big.Int).Sub(of(a, n), of(b, m))
	off.Mul(off, off).Mul(off, of(m+n))
	return off.Cmp(of(deviations, deviations, a+b, m+n-a-b, m, n)) <= 0
}

// sameLoss is sameKind for the losses of two sets of conversations: their means differ by no more than so many standard
// deviations. It has the same bits everywhere: products are converted where Go could fuse them.
func sameLoss(a, b []float64) bool {
	if len(a) < 2 || len(b) < 2 {
		return false
	}
	meanA, partA := spread(a)
	meanB, partB := spread(b)
	off := meanA - meanB
	return float64(off*off) <= float64(deviations*deviations*float64(partA+partB))
}

// spread is the mean of values, and its variance: theirs over their number.
func spread(values []float64) (mean, variance float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v
	}
	mean /= n
	for _, v := range values {
		variance += float64((v - mean) * (v - mean))
	}
	return mean, variance / (n - 1) / n
}

// keyOfHoldout is the key of a round's sealed test; nil while it is not revealed.
func keyOfHoldout(r *round.Round) *packagefmt.HoldoutKey {
	if !r.HasHoldout() || !r.HoldoutRevealed {
		return nil
	}
	key := packagefmt.HoldoutKey(r.HoldoutKey)
	return &key
}

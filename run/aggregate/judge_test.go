package aggregate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/run/update"
)

func submissions(changes ...update.Change) []Submission {
	out := make([]Submission, len(changes))
	for i, c := range changes {
		out[i].Change = c
	}
	return out
}

// requireVerdicts compares verdicts with the errors that are wanted, nil ones
// included.
func requireVerdicts(t *testing.T, want []error, got []error) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		require.ErrorIs(t, got[i], want[i], "submission %d", i)
	}
}

func TestHonestUpdatesAreIncluded(t *testing.T) {
	head := pkg().Head
	requireVerdicts(t, make([]error, 9), Judge(head, submissions(changes(head, 9)...), Rules{MaxNorm: 2}))
}

func TestWhatCannotBeReadIsLeftOut(t *testing.T) {
	head := pkg().Head
	s := submissions(changes(head, 2)...)
	s = append(s, Submission{Err: update.ErrNames}, Submission{Err: update.ErrNotFinite})
	requireVerdicts(t, []error{nil, nil, update.ErrNames, update.ErrNotFinite}, Judge(head, s, Rules{MaxNorm: 2}))
}

func TestCopies(t *testing.T) {
	head := pkg().Head
	c := changes(head, 3)
	for name, row := range map[string]struct {
		second update.Change
		want   error
	}{
		"the same":           {c[0], ErrCopy},
		"under 1 % of noise": {scaled(c[0], 1, c[1], 0.009), ErrCopy},
		"under 1 % larger":   {scaled(c[0], 1.009, c[1], 0), ErrCopy},
		"over 1 % of noise":  {scaled(c[0], 1, c[1], 0.03), nil},
		"twice as large":     {scaled(c[0], 2, c[1], 0), nil},
		"its opposite":       {scaled(c[0], -1, c[1], 0), nil},
		"nothing":            {scaled(c[0], 0, c[1], 0), ErrCopy},
		"next to nothing":    {scaled(c[0], 1e-5, c[1], 0), ErrCopy},
		"little":             {scaled(c[0], 1e-3, c[1], 0), nil},
	} {
		t.Run(name, func(t *testing.T) {
			requireVerdicts(t, []error{nil, row.want, nil}, Judge(head, submissions(c[0], row.second, c[2]), Rules{}))
		})
	}
}

// What was left out itself is nothing that can be copied.
func TestACopyOfWhatIsLeftOut(t *testing.T) {
	head := pkg().Head
	c := changes(head, 3)
	s := submissions(c[0], c[1], c[0])
	s[0].Err = update.ErrNames
	requireVerdicts(t, []error{update.ErrNames, nil, nil}, Judge(head, s, Rules{}))
}

// Copies and unreadable ones do not move the median.
func TestLargeUpdates(t *testing.T) {
	head := pkg().Head
	c := changes(head, 4)
	large := scaled(c[3], 50, c[3], 0)
	s := submissions(c[0], large, large, large, large, c[1], c[2])
	requireVerdicts(t, []error{nil, ErrNorm, ErrCopy, ErrCopy, ErrCopy, nil, nil}, Judge(head, s, Rules{MaxNorm: 3}))
	requireVerdicts(t, []error{nil, nil, ErrCopy, ErrCopy, ErrCopy, nil, nil}, Judge(head, s, Rules{}))
	requireVerdicts(t, []error{update.ErrNames}, Judge(head, []Submission{{Err: update.ErrNames}}, Rules{MaxNorm: 3}))
}

// The lower one of two in the middle, so that of two updates the larger one is
// measured by the smaller.
func TestMedianOfTwo(t *testing.T) {
	head := pkg().Head
	c := changes(head, 2)
	s := submissions(scaled(c[0], 5, c[0], 0), c[1])
	requireVerdicts(t, []error{ErrNorm, nil}, Judge(head, s, Rules{MaxNorm: 4}))
}

func TestAgreement(t *testing.T) {
	head := pkg().Head
	base := changeOf(head, 5, 0.01)
	var s []update.Change
	for _, noise := range changes(head, 5) {
		s = append(s, scaled(base, 1, noise, 0.5))
	}
	s = append(s, scaled(base, -1, changeOf(head, 9, 0.01), 0.5))
	least := 0.0
	requireVerdicts(t, []error{nil, nil, nil, nil, nil, ErrAgreement}, Judge(head, submissions(s...), Rules{MinAgreement: &least}))
	least = -1
	requireVerdicts(t, make([]error, 6), Judge(head, submissions(s...), Rules{MinAgreement: &least}))
	least = 0.99
	requireVerdicts(t, []error{nil}, Judge(head, submissions(s[5]), Rules{MinAgreement: &least}))
}

// Running statistics are on another scale: they decide nothing.
func TestRunningStatisticsAreNotJudged(t *testing.T) {
	head := pkg().Head
	c := changes(head, 4)
	c[3]["layers.1.running_mean"].Data[0] = 1e9
	c[2]["layers.1.running_mean"].Data[0] = -1e9
	requireVerdicts(t, make([]error, 4), Judge(head, submissions(c...), Rules{MaxNorm: 2}))
}

func TestRulesCheck(t *testing.T) {
	cosine := func(v float64) *float64 { return &v }
	for _, r := range []Rules{{}, {MaxNorm: 1}, {MinAgreement: cosine(-1)}, {MinAgreement: cosine(0.5)}} {
		require.NoError(t, r.Check())
	}
	for _, r := range []Rules{{MaxNorm: 0.5}, {MaxNorm: -1}, {MaxNorm: math.NaN()}, {MaxNorm: math.Inf(1)}, {MinAgreement: cosine(1)}, {MinAgreement: cosine(-2)}, {MinAgreement: cosine(math.NaN())}} {
		require.ErrorIs(t, r.Check(), ErrOptions)
	}
}

// One of nine hands in an update a thousand times too large. Without a bound it is
// included, and moves the mean as far as a hundred of the others; max_norm leaves it
// out, and the median does not follow it.
func TestPoisonedUpdate(t *testing.T) {
	head := pkg().Head
	all := changes(head, 9)
	honest, err := Combine(all, Options{})
	require.NoError(t, err)
	all[4] = scaled(all[4], 1000, all[5], 0)
	far := func(o Options) float64 {
		step, err := Combine(all, o)
		require.NoError(t, err)
		sum, own := 0.0, 0.0
		for name := range step {
			for i, v := range step[name] {
				sum += (v - honest[name][i]) * (v - honest[name][i])
				own += honest[name][i] * honest[name][i]
			}
		}
		return math.Sqrt(sum / own)
	}
	requireVerdicts(t, make([]error, 9), Judge(head, submissions(all...), Rules{}))
	require.Greater(t, far(Options{}), 100.0)
	require.Less(t, far(Options{Method: Median}), 10.0)
	require.Less(t, far(Options{Method: TrimmedMean, Trim: 0.2}), 10.0)
	want := make([]error, 9)
	want[4] = ErrNorm
	requireVerdicts(t, want, Judge(head, submissions(all...), Rules{MaxNorm: 4}))
}

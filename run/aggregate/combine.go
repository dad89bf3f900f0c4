package aggregate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run/update"
)

// ErrOptions is wrapped by every error about options that cannot work.
var ErrOptions = errors.New("aggregate: options")

// Method is how updates become one, coordinate by coordinate.
type Method string

// The methods, under the names that a run's configuration has for them.
const (
	Mean        Method = "mean"
	Median      Method = "median"       // the lower one of the two in the middle
	TrimmedMean Method = "trimmed-mean" // without the largest and the smallest
)

// Options say how [Combine] combines. The zero value is the mean.
type Options struct {
	// Method. Default Mean.
	Method Method
	// Trim is the share of the updates, in (0, ½), that TrimmedMean leaves out at
	// each end, rounded down.
	Trim float64
	// ClipNorm scales a larger change down to that norm of its learned weights.
	// 0: none.
	ClipNorm float64
}

// Check reports whether the options can work.
func (o Options) Check() error {
	switch o.Method {
	case "", Mean, Median:
		if o.Trim != 0 {
			return fmt.Errorf("%w: trim belongs to %s", ErrOptions, TrimmedMean)
		}
	case TrimmedMean:
		if !(o.Trim > 0 && o.Trim < 0.5) {
			return fmt.Errorf("%w: trim is a share over 0 and under 0.5, not %v", ErrOptions, o.Trim)
		}
	default:
		return fmt.Errorf("%w: method %.40q is none of %s, %s, %s", ErrOptions, o.Method, Mean, Median, TrimmedMean)
	}
	if !(o.ClipNorm >= 0 && o.ClipNorm <= math.MaxFloat32) {
		return fmt.Errorf("%w: a norm to clip to is 0 (none) or more, not %v", ErrOptions, o.ClipNorm)
	}
	return nil
}

// Step is a change in double precision: the values of each weight, by name.
type Step map[string][]float64

// Combine makes one step of the changes, which are in the order of submission, all
// of the same weights, and at least one.
func Combine(changes []update.Change, o Options) (Step, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		return nil, fmt.Errorf("%w: no change to combine", ErrOptions)
	}
	scales := scales(changes, o.ClipNorm)
	out := Step{}
	for _, name := range changes[0].Names() {
		pick := o.pick(len(changes))
		if !packagefmt.Learned(name) {
			pick = median
		}
		out[name] = combine(changes, scales, name, pick)
	}
	return out, nil
}

// scales are what each change is multiplied by: 1 or less.
func scales(changes []update.Change, clip float64) []float64 {
	out := make([]float64, len(changes))
	for i, c := range changes {
		out[i] = 1
		if clip > 0 {
			if norm := c.Norm(); norm > clip {
				out[i] = clip / norm
			}
		}
	}
	return out
}

// combine calls pick for each coordinate of a weight, with its value in every
// change. Running statistics are not scaled.
func combine(changes []update.Change, scales []float64, name string, pick func([]float64) float64) []float64 {
	out, column := make([]float64, len(changes[0][name].Data)), make([]float64, len(changes))
	learned := packagefmt.Learned(name)
	data := make([][]float32, len(changes))
	for i, c := range changes {
		data[i] = c[name].Data
	}
	for k := range out {
		for i := range column {
			column[i] = float64(data[i][k]) + 0 // −0 becomes 0, so that sorting knows one zero
			if learned {
				column[i] = float64(column[i] * scales[i])
			}
		}
		out[k] = pick(column)
	}
	return out
}

// pick is the method for n changes. It may reorder its argument.
func (o Options) pick(n int) func([]float64) float64 {
	switch o.Method {
	case Median:
		return median
	case TrimmedMean:
		cut := int(float64(o.Trim * float64(n)))
		return func(column []float64) float64 {
			slices.Sort(column)
			return mean(column[cut : n-cut])
		}
	}
	return mean
}

func mean(column []float64) float64 {
	sum := 0.0
	for _, v := range column {
		sum += v
	}
	return sum / float64(len(column))
}

// median is the lower one of the two in the middle.
func median(column []float64) float64 {
	slices.Sort(column)
	return column[(len(column)-1)/2]
}

// sum adds changes up.
func sum(changes []update.Change) Step {
	out := Step{}
	for name, t := range changes[0] {
		out[name] = make([]float64, len(t.Data))
		for _, c := range changes {
			for k, v := range c[name].Data {
				out[name][k] += float64(v)
			}
		}
	}
	return out
}

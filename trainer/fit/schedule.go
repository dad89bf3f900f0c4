package fit

import "math"

// Schedule returns the factor on the learning rate in a step (counted from 0) of
// a training of steps steps in total.
type Schedule func(step, steps int) float64

// Constant is a factor of 1 throughout.
func Constant(int, int) float64 { return 1 }

// Linear falls evenly from 1 in the first step towards 0, which would be the step after
// the last.
func Linear(step, steps int) float64 { return 1 - float64(step)/float64(steps) }

// Cosine falls from 1 to floor along half a cosine (PyTorch's
// CosineAnnealingLR, stepped once a batch).
func Cosine(floor float64) Schedule {
	return func(step, steps int) float64 {
		return floor + (1-floor)*(1+math.Cos(math.Pi*float64(step)/float64(steps)))/2
	}
}

// StepDecay multiplies the factor by gamma after every `every` steps (PyTorch's
// StepLR, stepped once a batch).
func StepDecay(every int, gamma float64) Schedule {
	return func(step, _ int) float64 { return math.Pow(gamma, float64(step/max(every, 1))) }
}

// Warmup rises from 1/n to 1 in the first n steps and follows next in the
// remaining ones.
func Warmup(n int, next Schedule) Schedule {
	return func(step, steps int) float64 {
		if step < n {
			return float64(step+1) / float64(n)
		}
		return next(step-n, max(steps-n, 1))
	}
}

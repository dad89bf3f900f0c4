//go:build !amd64

package kernel

// Never called: Current is Portable.

func applyVector(Func, []float32, []float32, Class)                           {}
func applyScaledVector(Scaled, []float32, []float32, float32, float32, Class) {}
func addVector(_, _, _ []float32, _ Class)                                    {}
func standardizeVector(_, _, _, _ []float32, _, _ float32, _ Class)           {}
func geluExactVector(_, _ []float32)                                          {}
func geluGradExactVector(_, _, _ []float32)                                   {}
func (Gate) exactVector(_, _ []float32)                                       {}
func (Gate) gradExactVector(_, _, _ []float32, _ float32)                     {}
func dotExactVector(_, _ []float32, _ *eightSums)                             {}
func softmaxGradExactVector(_, _ []float32, _, _ float32)                     {}
func expSumExactVector(_, _ []float32, _ *eightSums, _, _ float32)            {}

// Nothing is done in vectors.

func sumVector(*accumulators, []float32) int              { return 0 }
func squaresVector(*accumulators, []float32, float32) int { return 0 }
func largestVector([]float32) (float32, int)              { return lowest, 0 }

func scaleMaskVector(_, _, _ []float32, _ float32) (float32, int) { return lowest, 0 }
func expSumVector(_, _ []float32, _, _ float32) (float64, int)    { return 0, 0 }
func lstmCellVector(_, _, _ []float32) int                        { return 0 }

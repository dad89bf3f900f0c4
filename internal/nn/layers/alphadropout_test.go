package layers

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// AlphaDropout keeps a mean of 0 and a variance of 1, replaces a share p, and its
// backward pass scales what was kept by what forward did.
func TestAlphaDropoutKeepsMoments(t *testing.T) {
	const n, p = 200_000, 0.3
	rng := rand.New(rand.NewPCG(1, 2))
	x := tensor.New(2, n/2)
	for i := range x.Data {
		x.Data[i] = float32(rng.NormFloat64())
	}
	l := build(t, "AlphaDropout", map[string]any{"p": p})
	s := stateFor(t, l, true, x)
	s.Seed(7)
	fill(s.dy, 1)
	l.Forward(s, 0, 2)
	l.Backward(s, 0, 2)
	sum, squares, replaced := 0.0, 0.0, 0.0
	for i, v := range s.y {
		sum += float64(v)
		squares += float64(v) * float64(v)
		if s.dx[i] == 0 {
			replaced++
		}
	}
	mean := sum / n
	require.InDelta(t, 0, mean, 0.01)
	require.InDelta(t, 1, squares/n-mean*mean, 0.02)
	require.InDelta(t, p, replaced/n, 5*math.Sqrt(p*(1-p)/n))
	scale := 1 / math.Sqrt((seluScale*seluAlpha*seluScale*seluAlpha*p+1)*(1-p))
	for i, g := range s.dx {
		if g != 0 {
			require.InDelta(t, scale, g, 1e-6)
			require.InDelta(t, float64(x.Data[i])*scale+seluScale*seluAlpha*scale*p, s.y[i], 1e-5)
		}
	}
	require.True(t, l.(PassThrough).PassesThrough(false))
}

// The forms of dropout by channels keep or drop each one whole.
func TestChannelDropout(t *testing.T) {
	for typ, shape := range map[string][]int{"Dropout1d": {3, 40, 5}, "Dropout2d": {3, 40, 2, 5}, "Dropout3d": {3, 40, 2, 1, 5}} {
		t.Run(typ, func(t *testing.T) {
			x := tensor.New(shape...)
			fill(x.Data, 1)
			l := build(t, typ, nil)
			s := stateFor(t, l, true, x)
			s.Seed(3)
			l.Forward(s, 0, 3)
			size, dropped := len(x.Data)/120, 0
			for c := range 120 {
				for _, v := range s.y[c*size:][:size] {
					require.Equal(t, s.y[c*size], v)
				}
				if s.y[c*size] == 0 {
					dropped++
				} else {
					require.Equal(t, float32(2), s.y[c*size])
				}
			}
			require.InDelta(t, 60, dropped, 30)
			_, err := l.OutShape([]int{3})
			require.ErrorContains(t, err, "channels")
		})
	}
}

package audio

import (
	"fmt"
	"math"
	"sync"
)

// Constants of torchaudio's resampling (sinc_interp_hann with its defaults).
const (
	zeros   = 6    // zero crossings of the sinc at each side
	rolloff = 0.99 // of the lower rate's Nyquist frequency
)

const (
	// maxKernel bounds the places at which a filter bank is computed: a fraction of
	// a second.
	maxKernel = 1 << 24
	// maxKept bounds the weights of all filters that are kept: 16 MiB.
	maxKept = 1 << 22
)

// kernel is the filters of a resampling: to of them, applied every from
// samples.
type kernel struct {
	from, to int
	filters  []filter
}

// filter is weights of the samples from first on, counted from where the
// filter is applied.
type filter struct {
	first   int
	weights []float32
}

// kernels keeps the filters, which take longer to make than to use.
var kernels = struct {
	sync.Mutex
	made    map[[2]int]*kernel
	weights int // of all of them
}{made: map[[2]int]*kernel{}}

func kernelFor(from, to int) (*kernel, error) {
	d := gcd(from, to)
	key := [2]int{from / d, to / d}
	kernels.Lock()
	defer kernels.Unlock()
	if k := kernels.made[key]; k != nil {
		return k, nil
	}
	k, err := newKernel(key[0], key[1])
	if err != nil {
		return nil, fmt.Errorf("from %d to %d Hz: %w", from, to, err)
	}
	n := k.weights()
	if kernels.weights+n > maxKept { // hostile files could have any rate
		clear(kernels.made)
		kernels.weights = 0
	}
	kernels.made[key] = k
	kernels.weights += n
	return k, nil
}

// weights returns what a kernel takes, in values of 4 bytes.
func (k *kernel) weights() (n int) {
	for _, f := range k.filters {
		n += cap(f.weights) + 8
	}
	return n
}

// newKernel computes sinc(t)·cos²(πt/12) at the places of torchaudio's
// _get_sinc_resample_kernel, in float64, rounded to float32 at the end.
func newKernel(from, to int) (*kernel, error) {
	base := float64(min(from, to)) * rolloff
	width := int(math.Ceil(zeros * float64(from) / base))
	size := 2*width + from
	if size > maxKernel/to {
		return nil, fmt.Errorf("%w: filters of %d × %d values; convert the file to a usual rate", ErrUnsupported, to, size)
	}
	k := &kernel{from: from, to: to, filters: make([]filter, to)}
	for j := range k.filters {
		f := &k.filters[j]
		middle, reach := float64(from)*float64(j)/float64(to), zeros*float64(from)/base
		for i := max(0, width+int(middle-reach)-1); i < min(size, width+int(middle+reach)+2); i++ {
			t := (float64(-j)/float64(to) + float64(i-width)/float64(from)) * base
			if t <= -zeros || t >= zeros {
				continue // the window is 0
			}
			if f.weights == nil {
				f.first = i - width
			}
			w := math.Cos(t * math.Pi / zeros / 2)
			s := 1.0
			if t != 0 {
				s = math.Sin(t*math.Pi) / (t * math.Pi)
			}
			f.weights = append(f.weights, float32(s*w*w*base/float64(from)))
		}
	}
	return k, nil
}

// Resample returns the wave at another rate, as torchaudio.functional.resample
// does by default. Both rates are MinRate to MaxRate. At most MaxFile samples
// come of it, each of a dozen others, or of as many more as there are for it.
func Resample(w Wave, rate int) (Wave, error) {
	for _, r := range []int{w.Rate, rate} {
		if r < MinRate || r > MaxRate {
			return Wave{}, fmt.Errorf("%w: from %d to %d Hz, want rates of %d to %d", ErrUnsupported, w.Rate, rate, MinRate, MaxRate)
		}
	}
	if rate == w.Rate {
		return w, nil
	}
	n := int((int64(rate)*int64(len(w.Samples)) + int64(w.Rate) - 1) / int64(w.Rate))
	if n > MaxFile {
		return Wave{}, fmt.Errorf("%w: %d samples at %d Hz", ErrUnsupported, n, rate)
	}
	k, err := kernelFor(w.Rate, rate)
	if err != nil {
		return Wave{}, err
	}
	out := make([]float32, n)
	for i := range out {
		f := k.filters[i%k.to]
		at := i/k.to*k.from + f.first
		lo, hi := max(0, -at), min(len(f.weights), len(w.Samples)-at)
		sum := 0.0
		for j := lo; j < hi; j++ {
			sum += float64(float64(f.weights[j]) * float64(w.Samples[at+j]))
		}
		out[i] = float32(sum)
	}
	return Wave{rate, out}, nil
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

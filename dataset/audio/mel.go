package audio

import (
	"fmt"
	"math"
)

// Mel says how a log-mel spectrogram is computed: torchaudio's MelSpectrogram
// (periodic Hann window, centred with reflected ends, power 2, HTK's scale, no
// normalization) and log(x + Offset).
type Mel struct {
	// FFT is n_fft. Its prime factors are at most 13.
	FFT int `json:"n_fft"`
	// Window is win_length, Hop is hop_length. Default: FFT, and half of Window.
	Window int `json:"win_length,omitempty"`
	Hop    int `json:"hop_length,omitempty"`
	// Bins is n_mels.
	Bins int `json:"n_mels"`
	// Min and Max are f_min and f_max in Hz. Default of Max: half the rate.
	Min float64 `json:"f_min,omitempty"`
	Max float64 `json:"f_max,omitempty"`
	// Offset is added before the logarithm. Default: 1e-6.
	Offset float64 `json:"log_offset,omitempty"`
}

const (
	maxFFT  = 1 << 14
	maxBins = 1 << 10
)

func (m Mel) withDefaults(rate int) Mel {
	if m.Window == 0 {
		m.Window = m.FFT
	}
	if m.Hop == 0 {
		m.Hop = m.Window / 2
	}
	if m.Max == 0 {
		m.Max = float64(rate / 2)
	}
	if m.Offset == 0 {
		m.Offset = 1e-6
	}
	return m
}

// check returns an error for values out of range, of m with defaults.
func (m Mel) check(rate, samples int) error {
	factor := m.FFT
	for _, p := range []int{2, 3, 5, 7, 11, 13} {
		for factor > 1 && factor%p == 0 {
			factor /= p
		}
	}
	switch {
	case m.FFT < 4 || m.FFT > maxFFT || factor != 1:
		return fmt.Errorf("%w: n_fft %d, want 4 to %d with prime factors up to 13", ErrUnsupported, m.FFT, maxFFT)
	case m.Window < 1 || m.Window > m.FFT || m.Hop < 1 || m.Hop > maxFFT:
		return fmt.Errorf("%w: win_length %d, hop_length %d", ErrUnsupported, m.Window, m.Hop)
	case m.Bins < 1 || m.Bins > maxBins:
		return fmt.Errorf("%w: n_mels %d, want 1 to %d", ErrUnsupported, m.Bins, maxBins)
	case !(m.Min >= 0) || !(m.Max > m.Min) || m.Max > float64(rate):
		return fmt.Errorf("%w: f_min %v, f_max %v at %d Hz", ErrUnsupported, m.Min, m.Max, rate)
	case !(m.Offset > 0) || m.Offset > 1:
		return fmt.Errorf("%w: log_offset %v, want over 0, at most 1", ErrUnsupported, m.Offset)
	case samples <= m.FFT/2:
		return fmt.Errorf("%w: %d samples are too few to reflect %d of them at the ends", ErrUnsupported, samples, m.FFT/2)
	}
	return nil
}

// frames is the number of columns of a spectrogram.
func (m Mel) frames(samples int) int { return samples/m.Hop + 1 }

// spectrogram writes [bins, frames] to dst. m has defaults and was checked.
func (m Mel) spectrogram(dst, samples []float32, rate int) {
	window := hann(m.Window, m.FFT)
	bank := m.bank(rate)
	frames := m.frames(len(samples))
	buf, spectrum := make([]complex128, m.FFT), make([]complex128, m.FFT)
	power := make([]float64, m.FFT/2+1)
	t := newTransform(m.FFT)
	for f := range frames {
		for i := range buf {
			buf[i] = complex(window[i]*float64(samples[reflect(f*m.Hop+i-m.FFT/2, len(samples))]), 0)
		}
		t.do(spectrum, buf)
		for i := range power {
			re, im := real(spectrum[i]), imag(spectrum[i])
			power[i] = float64(re*re) + float64(im*im)
		}
		for b, filter := range bank {
			sum := 0.0
			for i, v := range filter.weights {
				sum += float64(v * power[filter.first+i])
			}
			dst[b*frames+f] = float32(math.Log(sum + m.Offset))
		}
	}
}

// reflect maps an index beyond the ends into 0 … n-1, the ends themselves not
// repeated.
func reflect(i, n int) int {
	if i < 0 {
		i = -i
	}
	if i >= n {
		i = 2*(n-1) - i
	}
	return i
}

// hann returns a periodic Hann window in the middle of size values.
func hann(n, size int) []float64 {
	w := make([]float64, size)
	for i := range n {
		w[(size-n)/2+i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(n))
	}
	return w
}

// triangle is a mel filter: weights of the frequencies from first on.
type triangle struct {
	first   int
	weights []float64
}

// bank computes torchaudio's melscale_fbanks.
func (m Mel) bank(rate int) []triangle {
	freqs := m.FFT/2 + 1
	hz := func(i int) float64 { return float64(rate/2) * float64(i) / float64(freqs-1) }
	lo, hi := toMel(m.Min), toMel(m.Max)
	point := func(i int) float64 { return fromMel(lo + (hi-lo)*float64(i)/float64(m.Bins+1)) }
	bank := make([]triangle, m.Bins)
	for b := range bank {
		left, middle, right := point(b), point(b+1), point(b+2)
		for i := range freqs {
			up, down := (hz(i)-left)/(middle-left), (right-hz(i))/(right-middle)
			v := min(up, down)
			if v <= 0 {
				continue
			}
			if bank[b].weights == nil {
				bank[b].first = i
			}
			bank[b].weights = append(bank[b].weights, v)
		}
	}
	return bank
}

// toMel is HTK's scale.
func toMel(hz float64) float64 { return 2595 * math.Log10(1+hz/700) }

func fromMel(mel float64) float64 { return 700 * (math.Pow(10, mel/2595) - 1) }

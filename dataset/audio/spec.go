package audio

import "fmt"

const (
	// maxSamples bounds the length of an input, in samples.
	maxSamples = 1 << 24
	// maxWindowed bounds the samples of all windows of a spectrogram: a few seconds.
	maxWindowed = 1 << 27
)

// Spec says what is made of a recording: Samples values at Rate, or their
// log-mel spectrogram.
type Spec struct {
	// Rate is the sample rate in Hz that recordings are resampled to.
	Rate int `json:"rate"`
	// Samples is the length: longer recordings are cut at the end, shorter ones
	// continue with silence.
	Samples int `json:"samples"`
	// Mel, if set, asks for a spectrogram of [n_mels, frames].
	Mel *Mel `json:"mel,omitempty"`
}

// Check returns an error for values out of range.
func (s Spec) Check() error {
	if s.Rate < MinRate || s.Rate > MaxRate || s.Samples < 1 || s.Samples > maxSamples {
		return fmt.Errorf("%w: rate %d, samples %d; want %d to %d Hz, 1 to %d samples", ErrUnsupported, s.Rate, s.Samples, MinRate, MaxRate, maxSamples)
	}
	if s.Mel == nil {
		return nil
	}
	m := s.Mel.withDefaults(s.Rate)
	if err := m.check(s.Rate, s.Samples); err != nil {
		return err
	}
	if m.Bins > maxSamples/m.frames(s.Samples) {
		return fmt.Errorf("%w: a spectrogram of %d × %d", ErrUnsupported, m.Bins, m.frames(s.Samples))
	}
	if n := m.frames(s.Samples); m.FFT > maxWindowed/n {
		return fmt.Errorf("%w: %d windows of %d samples for one recording; a longer hop_length needs fewer", ErrUnsupported, n, m.FFT)
	}
	return nil
}

// Shape returns the shape of the result: [1, Samples] or [n_mels, frames].
// s must pass Check.
func (s Spec) Shape() []int {
	if s.Mel == nil {
		return []int{1, s.Samples}
	}
	return []int{s.Mel.Bins, s.Mel.withDefaults(s.Rate).frames(s.Samples)}
}

// Size returns the number of values of the result. s must pass Check.
func (s Spec) Size() int {
	shape := s.Shape()
	return shape[0] * shape[1]
}

// Fit resamples a wave and gives it the length.
func (s Spec) Fit(w Wave) (Wave, error) {
	most := int64(s.Samples+1)*int64(w.Rate)/int64(max(s.Rate, 1)) + 1
	if keep := most + 64*int64(w.Rate/max(min(w.Rate, s.Rate), 1)+1); int64(len(w.Samples)) > keep {
		w.Samples = w.Samples[:keep] // what follows is cut off anyway
	}
	w, err := Resample(w, s.Rate)
	if err != nil {
		return w, err
	}
	out := make([]float32, s.Samples)
	copy(out, w.Samples)
	return Wave{s.Rate, out}, nil
}

// Features writes Size values to dst: the fitted wave, or its spectrogram.
func (s Spec) Features(dst []float32, w Wave) error {
	if err := s.Check(); err != nil {
		return err
	}
	if len(dst) != s.Size() {
		return fmt.Errorf("%w: %d values asked for, there are %d", ErrUnsupported, len(dst), s.Size())
	}
	w, err := s.Fit(w)
	if err != nil {
		return err
	}
	if s.Mel == nil {
		copy(dst, w.Samples)
		return nil
	}
	s.Mel.withDefaults(s.Rate).spectrogram(dst, w.Samples, s.Rate)
	return nil
}

package audio

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// wave is the signal of testdata/audio.py.
func wave(n, rate int) Wave {
	w, state := Wave{rate, make([]float32, n)}, int64(1)
	for i := range w.Samples {
		state = (state*1103515245 + 12345) % (1 << 31)
		t := float64(i) / float64(rate)
		w.Samples[i] = float32(0.4*math.Sin(2*math.Pi*(200+900*t)*t) + 0.2*math.Sin(2*math.Pi*3000*t) + 0.1*(float64(state)/(1<<30)-1))
	}
	return w
}

func torchaudio(t *testing.T, dst any) {
	t.Helper()
	f, err := os.Open("testdata/audio.json.gz")
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	require.NoError(t, json.NewDecoder(z).Decode(dst))
}

func TestLogMelAsTorchaudio(t *testing.T) {
	var all struct {
		Mel []struct {
			Rate, FFT, Window, Hop, Mels, Samples int
			Min, Max                              float64
			Want                                  []float32
		}
	}
	torchaudio(t, &all)
	require.NotEmpty(t, all.Mel)
	for _, c := range all.Mel {
		s := Spec{Rate: c.Rate, Samples: c.Samples, Mel: &Mel{FFT: c.FFT, Window: c.Window, Hop: c.Hop, Bins: c.Mels, Min: c.Min, Max: c.Max}}
		require.NoError(t, s.Check())
		got := make([]float32, s.Size())
		require.NoError(t, s.Features(got, wave(c.Samples, c.Rate)))
		require.InDeltaSlice(t, c.Want, got, 1e-4)
	}
}

func TestResampleAsTorchaudio(t *testing.T) {
	var all struct {
		Resample []struct {
			From, To, Samples int
			Want              []float32
		}
	}
	torchaudio(t, &all)
	require.NotEmpty(t, all.Resample)
	for _, c := range all.Resample {
		w, times := wave(c.Samples, c.From), 1
		if c.To < MinRate {
			times = MinRate // it is the ratio that matters
		}
		w.Rate *= times
		got, err := Resample(w, times*c.To)
		require.NoError(t, err)
		require.Equal(t, times*c.To, got.Rate)
		require.InDeltaSlice(t, c.Want, got.Samples, 1e-5, "%d to %d", c.From, c.To)
	}
}

// wavFile writes a WAV file with a chunk of odd length in front of the samples.
func wavFile(code uint16, channels, rate, bits int, size uint32, data []byte) []byte {
	le := binary.LittleEndian
	b := append([]byte("RIFF\x00\x00\x00\x00WAVE"), "LIST\x03\x00\x00\x00abc\x00fmt \x10\x00\x00\x00"...)
	b = le.AppendUint16(b, code)
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*bits/8))
	b = le.AppendUint16(b, uint16(channels*bits/8))
	b = le.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	return append(le.AppendUint32(b, size), data...)
}

func TestParseWAV(t *testing.T) {
	le := binary.LittleEndian
	half := []float32{0, 0.5, -0.5, -1}
	f32 := make([]byte, 0, 16)
	var f64 []byte
	for _, v := range half {
		f32 = le.AppendUint32(f32, math.Float32bits(v))
		f64 = le.AppendUint64(f64, math.Float64bits(float64(v)))
	}
	for name, file := range map[string][]byte{
		"8 bits":          wavFile(1, 1, 8000, 8, 4, []byte{128, 192, 64, 0}),
		"16 bits":         wavFile(1, 1, 8000, 16, 8, []byte{0, 0, 0, 0x40, 0, 0xc0, 0, 0x80}),
		"24 bits":         wavFile(1, 1, 8000, 24, 12, []byte{0, 0, 0, 0, 0, 0x40, 0, 0, 0xc0, 0, 0, 0x80}),
		"32 bits":         wavFile(1, 1, 8000, 32, 16, []byte{0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0xc0, 0, 0, 0, 0x80}),
		"float":           wavFile(3, 1, 8000, 32, 16, f32),
		"double":          wavFile(3, 1, 8000, 64, 32, f64),
		"stereo":          wavFile(1, 2, 8000, 8, 8, []byte{128, 128, 255, 129, 64, 64, 0, 0}),
		"unknown size":    wavFile(1, 1, 8000, 8, math.MaxUint32, []byte{128, 192, 64, 0}),
		"no size":         wavFile(1, 1, 8000, 16, 0, []byte{0, 0, 0, 0x40, 0, 0xc0, 0, 0x80, 7}),
		"samples, a tail": append(wavFile(1, 1, 8000, 8, 4, []byte{128, 192, 64, 0}), "LIST\x00\x00\x00\x00"...),
	} {
		w, err := ParseWAV(file)
		require.NoError(t, err, name)
		require.Equal(t, Wave{8000, half}, w, name)
	}
}

func TestWAVFilesThatAreRefused(t *testing.T) {
	good := wavFile(1, 1, 8000, 16, 4, []byte{1, 2, 3, 4})
	nan := binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(math.NaN())))
	for name, c := range map[string]struct {
		file []byte
		err  error
	}{
		"empty":        {nil, ErrFormat},
		"MP3":          {[]byte("ID3\x03 and so on"), ErrFormat},
		"RF64":         {append([]byte("RF64"), good[4:]...), ErrUnsupported},
		"cut off":      {good[:len(good)-1], ErrFormat},
		"no samples":   {good[:40], ErrFormat},
		"half a frame": {wavFile(1, 1, 8000, 16, 3, []byte{1, 2, 3}), ErrFormat},
		"A-law":        {wavFile(6, 1, 8000, 8, 1, []byte{1}), ErrUnsupported},
		"no channels":  {wavFile(1, 0, 8000, 16, 0, nil), ErrUnsupported},
		"no rate":      {wavFile(1, 1, 0, 16, 0, nil), ErrUnsupported},
		"1 Hz":         {wavFile(1, 1, 1, 16, 4, []byte{1, 2, 3, 4}), ErrUnsupported},
		"10^9 Hz":      {wavFile(1, 1, 1e9, 16, 4, []byte{1, 2, 3, 4}), ErrUnsupported},
		"silence":      {wavFile(1, 1, 8000, 16, 0, nil), ErrFormat},
		"NaN":          {wavFile(3, 1, 8000, 32, 4, nan), ErrFormat},
	} {
		_, err := ParseWAV(c.file)
		require.ErrorIs(t, err, c.err, name)
	}
	_, err := ParseWAV(wavFile(1, 1, 1, 16, 4, []byte{1, 2, 3, 4}))
	require.ErrorContains(t, err, "1 samples a second, want 1000 to 768000")
}

// What is kept of filters is bounded, whatever rates files have.
func TestFiltersThatAreKept(t *testing.T) {
	for rate := 1001; rate < 1016; rate++ {
		_, err := Resample(Wave{rate, []float32{1, 2, 3}}, 16000)
		require.NoError(t, err)
		total := 0
		for _, k := range kernels.made {
			total += k.weights()
		}
		require.Equal(t, total, kernels.weights)
		require.LessOrEqual(t, total, maxKept)
	}
}

func TestFit(t *testing.T) {
	s := Spec{Rate: 8000, Samples: 4}
	w, err := s.Fit(Wave{8000, []float32{1, 2}})
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2, 0, 0}, w.Samples)
	long := wave(100_000, 44100)
	s.Samples = 100
	w, err = s.Fit(long)
	require.NoError(t, err)
	whole, err := Resample(long, 8000)
	require.NoError(t, err)
	require.Equal(t, whole.Samples[:100], w.Samples, "what is cut off does not matter")
}

func TestSpecsThatAreRefused(t *testing.T) {
	for _, s := range []Spec{
		{}, {Rate: 8000}, {Rate: MaxRate + 1, Samples: 1}, {Rate: 8000, Samples: maxSamples + 1},
		{Rate: 8000, Samples: 800, Mel: &Mel{FFT: 17, Bins: 4}}, {Rate: 8000, Samples: 800, Mel: &Mel{FFT: 256}},
		{Rate: 8000, Samples: 128, Mel: &Mel{FFT: 256, Bins: 4}}, {Rate: 8000, Samples: 800, Mel: &Mel{FFT: 256, Bins: 4, Min: 5000}},
		{Rate: 8000, Samples: 800, Mel: &Mel{FFT: 256, Bins: 4, Window: 257}}, {Rate: 8000, Samples: 800, Mel: &Mel{FFT: 256, Bins: 4, Hop: -1}},
		{Rate: 8000, Samples: 800, Mel: &Mel{FFT: 256, Bins: 4, Offset: math.NaN()}}, {Rate: 1, Samples: 1}, {Rate: MinRate - 1, Samples: 1},
		{Rate: 8000, Samples: 1 << 22, Mel: &Mel{FFT: 1 << 14, Bins: 1, Hop: 1}},
	} {
		require.ErrorIs(t, s.Check(), ErrUnsupported, "%+v", s)
	}
	for _, c := range []struct{ from, to, samples int }{
		{767_999, 767_998, 1}, {1, 16000, 1}, {16000, 1, 1}, {16000, 1_000_000_000, 1}, {MinRate, MaxRate, MaxFile/768 + 1},
	} {
		_, err := Resample(Wave{c.from, make([]float32, c.samples)}, c.to)
		require.ErrorIs(t, err, ErrUnsupported, "%v", c)
	}
}

// FuzzParseWAV: what is accepted is finite, fits in the file's size, and can be
// resampled.
func FuzzParseWAV(f *testing.F) {
	f.Add(wavFile(1, 2, 44100, 24, 12, bytes.Repeat([]byte{1, 2, 3}, 4)))
	f.Add(wavFile(3, 1, 8000, 64, math.MaxUint32, make([]byte, 64)))
	f.Add(wavFile(0xfffe, 1, 8000, 16, 2, make([]byte, 2)))
	f.Fuzz(func(t *testing.T, file []byte) {
		w, err := ParseWAV(file)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(w.Samples), len(file))
		for _, v := range w.Samples {
			require.False(t, v-v != 0)
		}
		fitted, err := Spec{Rate: 16000, Samples: 64}.Fit(w)
		if err == nil {
			require.Len(t, fitted.Samples, 64)
		}
	})
}

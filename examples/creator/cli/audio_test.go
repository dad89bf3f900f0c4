package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset/audio"
)

func TestParseAudio(t *testing.T) {
	got, err := parseAudio("rate=16000, samples=8000,n_fft=400,n_mels=32,hop_length=160,log_offset=1e-6")
	require.NoError(t, err)
	require.Equal(t, &audio.Spec{Rate: 16000, Samples: 8000, Mel: &audio.Mel{FFT: 400, Bins: 32, Hop: 160, Offset: 1e-6}}, got)
	got, err = parseAudio("samples=100,rate=8000")
	require.NoError(t, err)
	require.Equal(t, []int{1, 100}, got.Shape())
	for text, says := range map[string]string{
		"":                              "key=number",
		"rate=x":                        "key=number",
		"rate=8000":                     "rate and samples are needed",
		"rate=8000,samples=1.5":         "whole numbers",
		"rate=8e300,samples=1":          "whole numbers",
		"rate=NaN,samples=1":            "unsupported",
		"hz=8000,samples=1":             "expected rate, samples",
		"rate=8000,samples=-1":          "samples -1",
		"rate=8000,samples=99,n_mels=8": "n_fft 0",
		"rate=8000,samples=99,n_mels=8,n_fft=400": "too few",
	} {
		_, err := parseAudio(text)
		require.ErrorContains(t, err, says, text)
	}
}

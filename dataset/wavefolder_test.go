package dataset

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset/audio"
)

// saveWAV writes 16-bit samples.
func saveWAV(t *testing.T, path string, rate uint32, samples ...int16) {
	t.Helper()
	le := binary.LittleEndian
	b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00"), 1, 0, 1, 0)
	b = le.AppendUint32(le.AppendUint32(b, rate), 2*rate)
	b = append(append(b, 2, 0, 16, 0), "data"...)
	b = le.AppendUint32(b, uint32(2*len(samples)))
	for _, s := range samples {
		b = le.AppendUint16(b, uint16(s))
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

func TestWaveFolder(t *testing.T) {
	dir := t.TempDir()
	saveWAV(t, filepath.Join(dir, "train", "yes", "1.wav"), 8000, 1<<14, -1<<14)
	saveWAV(t, filepath.Join(dir, "train", "no", "1.wav"), 8000, 1<<13)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "train", "no", "2.mp3"), nil, 0o600))
	ds, err := Open(SpeechCommands, dir, Train, Options{})
	require.NoError(t, err)
	require.Equal(t, 2, ds.Len())
	require.Contains(t, Notes(ds)[0], "2.mp3")
	_, err = Adapt(ds, Schema{Shape: []int{1, 4}, Classes: []string{"yes", "no"}})
	require.ErrorIs(t, err, ErrShape)

	fit, err := Adapt(ds, Schema{Shape: []int{1, 4}, Classes: []string{"yes", "no"}, Audio: &audio.Spec{Rate: 8000, Samples: 4}})
	require.NoError(t, err)
	sample := make([]float32, 4)
	label, err := fit.Sample(1, sample)
	require.NoError(t, err)
	require.Equal(t, 0, label, "by the package's classes")
	require.Equal(t, []float32{0.5, -0.5, 0, 0}, sample)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "train", "yes", "1.wav"), []byte("RIFF"), 0o600))
	_, err = fit.Sample(1, sample)
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "1.wav")
}

package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/dataset/audio"
	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// WaveFolder is a set of recordings in folders named after their classes:
// root/yes/1.wav, root/no/2.wav. It becomes samples of numbers once a package
// says at which rate, how long, and whether as spectrograms ([Adapt]). Files are
// read each time, so that the set takes little memory.
type WaveFolder struct{ list ImageFolder }

// OpenWaveFolder lists the WAV files in root's folders. Folders are classes as
// those of [OpenImageFolder] are.
func OpenWaveFolder(root string, opts Options) (*WaveFolder, error) {
	return openWaveFolder(root, opts, choice{})
}

func openWaveFolder(root string, opts Options, which choice) (*WaveFolder, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	w := &WaveFolder{ImageFolder{pictureSet: pictureSet{opts: opts}, root: root, types: looseTypes["audio"], choice: which}}
	if err := w.list.list(); err != nil {
		return nil, inDir(root, err)
	}
	return w, nil
}

// Len returns the number of recordings.
func (w *WaveFolder) Len() int { return w.list.Len() }

// Shape returns nil: recordings have no shape before a package gives them one.
func (w *WaveFolder) Shape() []int { return nil }

// Classes returns the number of classes.
func (w *WaveFolder) Classes() int { return w.list.Classes() }

// ClassNames returns the names of the classes, by label.
func (w *WaveFolder) ClassNames() []string { return w.list.ClassNames() }

// Notes returns what was left out.
func (w *WaveFolder) Notes() []string { return w.list.Notes() }

func (w *WaveFolder) isListed() bool { return w.list.isListed() }

// Wave reads a recording and returns its class.
func (w *WaveFolder) Wave(i int) (audio.Wave, int, error) {
	if i < 0 || i >= w.Len() {
		return audio.Wave{}, 0, fmt.Errorf("%w: %d of %d", ErrIndex, i, w.Len())
	}
	path := w.list.files[i]
	file, err := regular.Read(path, audio.MaxFile)
	if errors.Is(err, regular.ErrSize) {
		err = fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	if err != nil {
		return audio.Wave{}, 0, err
	}
	wave, err := audio.ParseWAV(file)
	if err != nil {
		return audio.Wave{}, 0, fmt.Errorf("%s: %w: %w", path, ErrFormat, err)
	}
	return wave, w.list.labels[i], nil
}

// Sample returns the class of a recording; dst must be empty, since how a
// recording becomes numbers is the package's to say.
func (w *WaveFolder) Sample(i int, dst []float32) (int, error) {
	if len(dst) != 0 {
		return 0, fmt.Errorf("%w: this set holds recordings; the package must say their rate and length", ErrBuffer)
	}
	if i < 0 || i >= w.Len() {
		return 0, fmt.Errorf("%w: %d of %d", ErrIndex, i, w.Len())
	}
	return w.list.labels[i], nil
}

// content returns a recording's samples, for a Survey.
func (w *WaveFolder) content(i int) ([]byte, int, error) {
	wave, label, err := w.Wave(i)
	raw := make([]byte, 0, 4*len(wave.Samples))
	for _, v := range wave.Samples {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw, label, err
}

// adapt gives the recordings the package's rate, length and form.
func (w *WaveFolder) adapt(s Schema) (Dataset, error) {
	if s.Audio == nil {
		return nil, fmt.Errorf("%w: recordings, and the package does not say their rate and length (preprocessing.audio)", ErrShape)
	}
	if err := s.Audio.Check(); err != nil {
		return nil, err
	}
	return heard{w, *s.Audio}, nil
}

// heard is a set of recordings as a package takes them.
type heard struct {
	*WaveFolder
	spec audio.Spec
}

// Shape returns [1, samples], or [bins, frames] of a spectrogram.
func (h heard) Shape() []int { return h.spec.Shape() }

// Sample writes the wave or the spectrogram.
func (h heard) Sample(i int, dst []float32) (int, error) {
	wave, label, err := h.Wave(i)
	if err != nil {
		return 0, err
	}
	if len(dst) != h.spec.Size() {
		return 0, fmt.Errorf("%w: %d values, a sample of shape %v has %d", ErrBuffer, len(dst), h.Shape(), h.spec.Size())
	}
	return label, h.spec.Features(dst, wave)
}

// Package audio reads WAV files, resamples them and computes mel spectrograms
// as torchaudio does.
//
//	w, err := audio.ParseWAV(file)
//	w, err = audio.Spec{Rate: 16000, Samples: 16000}.Fit(w)
//
// A [Spec] is what a model's input was made by: a model package states it, so
// that trainers and validators make the same input of their own files.
package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var (
	// ErrFormat means that a file is no WAV file, or is cut off.
	ErrFormat = errors.New("audio: invalid WAV file")
	// ErrUnsupported means a WAV file of a kind that is not read, or a Spec out
	// of range.
	ErrUnsupported = errors.New("audio: unsupported")
)

// Limits of what is read.
const (
	// MaxFile is the largest WAV file, in bytes.
	MaxFile = 64 << 20
	// MinRate and MaxRate are the lowest and the highest sample rate, in Hz: what
	// is below is no sound, and no recorder goes beyond.
	MinRate = 1_000
	MaxRate = 768_000
	// maxChannels are averaged to one.
	maxChannels = 8
)

// Wave is a mono recording.
type Wave struct {
	// Rate is the number of samples a second.
	Rate int
	// Samples are -1 … 1 for integer formats; float formats may go beyond.
	Samples []float32
}

// format is what a WAV file's samples are.
type format struct {
	code     uint16 // 1 integers, 3 floats
	channels int
	rate     int
	bits     int
}

const (
	integers   = 1
	floats     = 3
	extensible = 0xfffe
)

// ParseWAV reads a WAV file: PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64
// bits, with up to 8 channels, of which it returns the mean. Sizes of 0 or
// 0xffffffff, which programs write that do not know them, mean the rest of the
// file. Values that are not finite are refused.
func ParseWAV(file []byte) (Wave, error) {
	if len(file) > MaxFile {
		return Wave{}, fmt.Errorf("%w: %d bytes, at most %d", ErrUnsupported, len(file), MaxFile)
	}
	f, data, err := chunks(file)
	if err != nil {
		return Wave{}, err
	}
	frame := f.bits / 8 * f.channels
	if len(data) == 0 {
		return Wave{}, fmt.Errorf("%w: no samples", ErrFormat)
	}
	if len(data)%frame != 0 {
		return Wave{}, fmt.Errorf("%w: %d bytes of samples, which is no multiple of %d", ErrFormat, len(data), frame)
	}
	w := Wave{Rate: f.rate, Samples: make([]float32, len(data)/frame)}
	for i := range w.Samples {
		sum := 0.0
		for c := range f.channels {
			sum += f.value(data[i*frame+c*f.bits/8:])
		}
		v := sum / float64(f.channels)
		if math.Abs(v) > math.MaxFloat32 || math.IsNaN(v) {
			return Wave{}, fmt.Errorf("%w: sample %d is %v", ErrFormat, i, v)
		}
		w.Samples[i] = float32(v)
	}
	return w, nil
}

// value reads one sample of one channel.
func (f format) value(b []byte) float64 {
	le := binary.LittleEndian
	switch {
	case f.code == floats && f.bits == 32:
		return float64(math.Float32frombits(le.Uint32(b)))
	case f.code == floats:
		return math.Float64frombits(le.Uint64(b))
	case f.bits == 8: // the only unsigned one
		return float64(int(b[0])-128) / 128
	case f.bits == 16:
		return float64(int16(le.Uint16(b))) / (1 << 15)
	case f.bits == 24:
		return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / (1 << 23)
	}
	return float64(int32(le.Uint32(b))) / (1 << 31)
}

// chunks finds the format and the samples.
func chunks(file []byte) (f format, data []byte, err error) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		if len(file) >= 4 && (string(file[:4]) == "RF64" || string(file[:4]) == "RIFX") {
			return f, nil, fmt.Errorf("%w: %s files; convert it to a plain WAV file", ErrUnsupported, file[:4])
		}
		return f, nil, fmt.Errorf("%w: it does not start with RIFF … WAVE", ErrFormat)
	}
	known := false
	for rest := file[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		if id == "data" && known {
			if size == 0 || size == math.MaxUint32 {
				size = uint64(len(rest))
				size -= size % uint64(f.bits/8*f.channels)
			}
			if size > uint64(len(rest)) {
				return f, nil, fmt.Errorf("%w: cut off: %d bytes of samples, %d are there", ErrFormat, size, len(rest))
			}
			return f, rest[:size], nil
		}
		if size > uint64(len(rest)) {
			return f, nil, fmt.Errorf("%w: cut off in %q", ErrFormat, id)
		}
		if id == "fmt " {
			if f, err = parseFormat(rest[:size]); err != nil {
				return f, nil, err
			}
			known = true
		}
		rest = rest[min(size+size&1, uint64(len(rest))):]
	}
	return f, nil, fmt.Errorf("%w: no samples", ErrFormat)
}

func parseFormat(b []byte) (format, error) {
	if len(b) < 16 {
		return format{}, fmt.Errorf("%w: a format of %d bytes", ErrFormat, len(b))
	}
	le := binary.LittleEndian
	f := format{le.Uint16(b), int(le.Uint16(b[2:])), 0, int(le.Uint16(b[14:]))}
	rate, block := le.Uint32(b[4:]), int(le.Uint16(b[12:]))
	if f.code == extensible && len(b) >= 26 {
		f.code = le.Uint16(b[24:]) // the kind that the extension names
	}
	readable := f.code == integers && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32) ||
		f.code == floats && (f.bits == 32 || f.bits == 64)
	switch {
	case !readable:
		return f, fmt.Errorf("%w: format %d with %d bits; convert it to 16-bit PCM", ErrUnsupported, f.code, f.bits)
	case f.channels < 1 || f.channels > maxChannels:
		return f, fmt.Errorf("%w: %d channels, want 1 to %d", ErrUnsupported, f.channels, maxChannels)
	case rate < MinRate || rate > MaxRate:
		return f, fmt.Errorf("%w: %d samples a second, want %d to %d: either the file's header is wrong, or it holds no sound", ErrUnsupported, rate, MinRate, MaxRate)
	case block != f.bits/8*f.channels:
		return f, fmt.Errorf("%w: %d bytes a frame for %d channels of %d bits", ErrFormat, block, f.channels, f.bits)
	}
	f.rate = int(rate)
	return f, nil
}

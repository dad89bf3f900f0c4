package update

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Why an update is left out, in the order in which it is checked. Any other error
// of [Read] comes from the file system and says nothing about the update.
var (
	// ErrUnreadable means that the files are not an update.
	ErrUnreadable = errors.New("update: unreadable")
	// ErrNames means that it is for another program, run, epoch or round, or of
	// another member.
	ErrNames = errors.New("update: made for something else")
	// ErrLayers means that it does not change exactly the model's weights.
	ErrLayers = errors.New("update: other layers than the model's")
	// ErrNotFinite means that it holds NaN or an infinity.
	ErrNotFinite = errors.New("update: not finite")
	// ErrEncoding means that an [Encoding] is unknown or its fraction out of range.
	ErrEncoding = errors.New("update: encoding")
)

// Kind is how the values of an update are written.
type Kind string

// The kinds of encodings, under the names that config.json and a run's
// configuration have for them.
const (
	Float32 Kind = "float32" // as they are
	Float16 Kind = "float16" // half precision, scaled by a power of two for each tensor
	TopK    Kind = "top-k"   // the largest values of each tensor in half precision, and where they are
	Sign    Kind = "sign"    // a bit for each value, and for each tensor the mean of the magnitudes
)

// Encoding is a kind with its parameter.
type Encoding struct {
	Kind     Kind    // default Float32
	Fraction float64 // of the values that TopK keeps, in (0, 1]; 0 for the others
}

// Check reports whether the encoding exists.
func (e Encoding) Check() error {
	switch e.kind() {
	case Float32, Float16, Sign:
		if e.Fraction != 0 {
			return fmt.Errorf("%w: %s keeps everything and takes no fraction", ErrEncoding, e.kind())
		}
		return nil
	case TopK:
		if !(e.Fraction > 0 && e.Fraction <= 1) {
			return fmt.Errorf("%w: top-k keeps a fraction in (0, 1], not %v", ErrEncoding, e.Fraction)
		}
		return nil
	}
	return fmt.Errorf("%w: %.40q is none of %s, %s, %s, %s", ErrEncoding, e.Kind, Float32, Float16, TopK, Sign)
}

func (e Encoding) kind() Kind {
	if e.Kind == "" {
		return Float32
	}
	return e.Kind
}

// Lossy reports whether decoding gives other values than were encoded, so that
// error feedback has something to keep.
func (e Encoding) Lossy() bool { return e.kind() != Float32 }

// Encoded is a change in one encoding: the tensors of update.safetensors. A
// weight that needs several has them under its name, a colon and a word.
type Encoded map[string]safetensors.Raw

// Size is the number of bytes of the values, without the names.
func (e Encoded) Size() int64 {
	var n int64
	for _, t := range e {
		n += int64(len(t.Data))
	}
	return n
}

// Encode writes a change in an encoding. Every value must be finite.
func Encode(c Change, e Encoding) (Encoded, error) {
	if err := errors.Join(e.Check(), c.checkFinite()); err != nil {
		return nil, err
	}
	out := Encoded{}
	for name, t := range c {
		kind := e.kind()
		if !packagefmt.Learned(name) {
			kind = Float32
		}
		coders[kind].encode(out, name, t, e.Fraction)
	}
	return out, nil
}

// Decode is the change that the tensors stand for, as a change of like, the
// model's weights. No more memory is used than for the model's own weights.
func Decode(tensors Encoded, kind Kind, like map[string]safetensors.Tensor) (Change, error) {
	if _, known := coders[kind]; !known {
		return nil, fmt.Errorf("%w: encoding %.40q: a newer version may read it", ErrUnreadable, kind)
	}
	rest := maps.Clone(tensors)
	out := make(Change, len(like))
	for _, name := range slices.Sorted(maps.Keys(like)) {
		use := kind
		if !packagefmt.Learned(name) {
			use = Float32
		}
		data := make([]float32, len(like[name].Data))
		if err := coders[use].decode(rest, name, like[name].Shape, data); err != nil {
			return nil, fmt.Errorf("%w: weight %q", err, name)
		}
		out[name] = safetensors.Tensor{Shape: like[name].Shape, Data: data}
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d tensors more than the model has, such as %.80q", ErrLayers, len(rest), slices.Sorted(maps.Keys(rest))[0])
	}
	return out, out.checkFinite()
}

// Compress encodes a change plus the residual, which is what the encoding of
// earlier changes left out (nil: nothing). It returns what this one leaves out, for
// the next: so nothing is lost in the long run, only delayed (error feedback,
// Seide et al. 2014; Karimireddy et al., ICML 2019).
func Compress(c, residual Change, e Encoding) (encoded Encoded, left Change, err error) {
	if residual != nil {
		if err := sameWeights(residual, c); err != nil {
			return nil, nil, err
		}
	}
	whole := c.add(residual)
	if encoded, err = Encode(whole, e); err != nil {
		return nil, nil, err
	}
	if !e.Lossy() {
		return encoded, nil, nil
	}
	decoded, err := Decode(encoded, e.kind(), c)
	if err != nil {
		return nil, nil, err
	}
	return encoded, whole.minus(decoded), nil
}

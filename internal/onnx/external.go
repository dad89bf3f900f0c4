package onnx

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// tensor decodes a weight, wherever its data are.
func (l *loader) tensor(t *wire.Tensor) (*ops.Value, error) {
	if t.External == nil {
		inPlace := l.align(t)
		own := *t
		own.InPlace = inPlace
		return decoded(ops.FromTensor(&own))
	}
	raw, err := l.external(t)
	if err != nil {
		return nil, err
	}
	own := *t
	own.External, own.Raw, own.InPlace = nil, raw, true
	return decoded(ops.FromTensor(&own))
}

func decoded(v *ops.Value, err error) (*ops.Value, error) {
	if err != nil && !isUnsupported(err) {
		err = fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return v, err
}

// external reads a tensor's data from another file, which must lie beside the model.
func (l *loader) external(t *wire.Tensor) ([]byte, error) {
	name := t.External["location"]
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\:`) || !filepath.IsLocal(name) {
		return nil, fmt.Errorf("%w: external data in %.80q, which is not the plain name of a file beside the model", ErrMalformed, name)
	}
	_, n, err := ops.Elements(t.Dims)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if t.Type.Size() == 0 {
		return nil, fmt.Errorf("%w: elements of type %s", ErrUnsupported, t.Type)
	}
	size := int64(n) * int64(t.Type.Size())
	offset, err := number(t.External, "offset", 0)
	if err != nil {
		return nil, err
	}
	length, err := number(t.External, "length", size)
	if err != nil {
		return nil, err
	}
	if length != size {
		return nil, fmt.Errorf("%w: %d bytes of external data for %s%v", ErrMalformed, length, t.Type, t.Dims)
	}
	if l.opts.External == nil {
		return nil, fmt.Errorf("%w: its data are in another file (%s): one file with everything is needed", ErrUnsupported, name)
	}
	return l.opts.External(name, offset, size)
}

func number(m map[string]string, key string, def int64) (int64, error) {
	s, ok := m[key]
	if !ok {
		return def, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%w: %s %.40q of external data", ErrMalformed, key, s)
	}
	return n, nil
}

package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// Read reads a whole file of size bytes from r and returns its tensors by name.
// size is the true size of the file (from Stat, for instance): Read reads no
// more, and the tensors that the header declares must fill it exactly. Values
// are converted to float32. Errors wrap ErrFormat, ErrShape or ErrNotFinite, or
// come from r.
func Read(r io.Reader, size int64) (map[string]Tensor, error) {
	entries, err := readHeader(r, size, dtypeSize)
	if err != nil {
		return nil, err
	}
	tensors := make(map[string]Tensor, len(entries))
	buf := make([]byte, chunk)
	for _, e := range entries {
		t, err := readTensor(r, e, buf)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", e.name, err)
		}
		tensors[e.name] = t
	}
	return tensors, nil
}

// DecodedBytes is how many bytes the values of a file of size bytes take once
// Read has converted them: up to twice the file. It reads the header alone, and
// fails as Read does.
func DecodedBytes(r io.Reader, size int64) (int64, error) {
	entries, err := readHeader(r, size, dtypeSize)
	var values int64
	for _, e := range entries {
		values += int64(e.count)
	}
	return 4 * values, err
}

// readHeader reads the part before the data, of a file of size bytes.
func readHeader(r io.Reader, size int64, types dtypes) ([]entry, error) {
	var prefix [8]byte
	if size < int64(len(prefix)) {
		return nil, fmt.Errorf("%w: a file of %d bytes has no header", ErrFormat, size)
	}
	if err := readFull(r, prefix[:]); err != nil {
		return nil, err
	}
	headerLen := binary.LittleEndian.Uint64(prefix[:])
	if headerLen > MaxHeader || int64(headerLen) > size-8 {
		return nil, fmt.Errorf("%w: header of %d bytes in a file of %d (at most %d)", ErrFormat, headerLen, size, MaxHeader)
	}
	header := make([]byte, headerLen)
	if err := readFull(r, header); err != nil {
		return nil, err
	}
	return parseHeader(header, size-8-int64(headerLen), types)
}

func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: file ends early", ErrFormat)
	}
	return err
}

// chunk is how many bytes are read at a time.
const chunk = 64 << 10

// readTensor converts in chunks, so that a short stream with a large declared
// size costs at most twice the memory of what arrived. It reads into buf, which
// has the size of a chunk.
func readTensor(r io.Reader, e entry, buf []byte) (Tensor, error) {
	size := int(dtypeSize[e.dtype])
	data := make([]float32, 0, min(e.count, chunk))
	for len(data) < e.count {
		n := min(e.count-len(data), chunk/size)
		b := buf[:n*size]
		if err := readFull(r, b); err != nil {
			return Tensor{}, err
		}
		if len(data)+n > cap(data) {
			grown := make([]float32, len(data), min(e.count, 2*cap(data)+n))
			copy(grown, data)
			data = grown
		}
		start := len(data)
		data = data[:start+n]
		Convert(data[start:], b, e.dtype)
		for i, v := range data[start:] {
			if tensor.NotFinite(v) {
				return Tensor{}, fmt.Errorf("%w: element %d is %v", ErrNotFinite, start+i, v)
			}
		}
	}
	return Tensor{Shape: e.shape, Data: data}, nil
}

// Convert writes the little-endian values in src to dst as float32: len(dst)
// values of dtype F32, F16, BF16, F64 or I64. It panics if dtype is another one
// or src is too short: the caller must check both.
func Convert(dst []float32, src []byte, dtype string) {
	le := binary.LittleEndian
	switch dtype {
	case "F32":
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	case "F16":
		for i := range dst {
			dst[i] = halfToFloat(le.Uint16(src[2*i:]))
		}
	case "BF16":
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(le.Uint16(src[2*i:])) << 16)
		}
	case "F64":
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(src[8*i:])))
		}
	case "I64":
		for i := range dst {
			dst[i] = float32(int64(le.Uint64(src[8*i:])))
		}
	default:
		panic("safetensors: unknown dtype " + dtype)
	}
}

// halfToFloat converts IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits).
func halfToFloat(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp := uint32(h >> 10 & 0x1f)
	frac := uint32(h & 0x3ff)
	switch exp {
	case 0: // zero and subnormals: frac · 2⁻²⁴
		v := math.Float32bits(float32(frac) * (1.0 / (1 << 24)))
		return math.Float32frombits(sign | v)
	case 0x1f:
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}

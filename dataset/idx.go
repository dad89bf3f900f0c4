package dataset

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/flate" // faster than the standard ones
	"github.com/klauspost/compress/gzip"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// IDX element types. Format: http://yann.lecun.com/exdb/mnist/, "The IDX file
// format": two zero bytes, type, number of dimensions, sizes as big-endian
// uint32, then the values, also big-endian.
const (
	idxByte  = 0x08
	idxFloat = 0x0d
)

// ReadIDX reads a pair of IDX streams, gzipped or plain. images has bytes (0 …
// 255 become 0 … 1) or float32 values, of shape [n, h, w] (a sample is [1, h,
// w]), [n, c, h, w] or [n, features]; labels has bytes. If classes is 0, the
// number of classes is the largest label plus one.
func ReadIDX(images, labels io.Reader, classes int) (*Memory, error) {
	typ, dims, raw, err := readIDX(labels)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	if typ != idxByte || len(dims) != 1 {
		return nil, fmt.Errorf("labels: %w: IDX type %#x with %d dimensions, want bytes with one", ErrFormat, typ, len(dims))
	}
	if len(raw) == 0 {
		return nil, fmt.Errorf("labels: %w: no samples", ErrFormat)
	}
	y := make([]int, len(raw))
	for i, l := range raw {
		y[i] = int(l)
	}
	typ, dims, raw, err = readIDX(images)
	if err != nil {
		return nil, fmt.Errorf("images: %w", err)
	}
	if len(dims) < 2 || dims[0] != len(y) {
		return nil, fmt.Errorf("%w: images of IDX shape %v do not fit %d labels", ErrFormat, dims, len(y))
	}
	shape := dims[1:]
	if len(shape) == 2 {
		shape = []int{1, shape[0], shape[1]}
	}
	if typ == idxByte {
		return NewImages(shape, classes, raw, y)
	}
	x := make([]float32, len(raw)/4)
	for i := range x {
		x[i] = math.Float32frombits(binary.BigEndian.Uint32(raw[4*i:]))
	}
	return New(shape, classes, x, y)
}

// readIDX reads one stream to its end.
func readIDX(r io.Reader) (typ byte, dims []int, data []byte, err error) {
	r, err = gunzip(r)
	if err != nil {
		return 0, nil, nil, err
	}
	var head [4]byte
	if err := readFull(r, head[:]); err != nil {
		return 0, nil, nil, err
	}
	typ = head[2]
	if head[0] != 0 || head[1] != 0 || (typ != idxByte && typ != idxFloat) || head[3] < 1 || head[3] > 4 {
		return 0, nil, nil, fmt.Errorf("%w: starts with % x, which is not an IDX file of bytes or float32", ErrFormat, head)
	}
	size := uint64(1)
	if typ == idxFloat {
		size = 4
	}
	for range head[3] {
		var d [4]byte
		if err := readFull(r, d[:]); err != nil {
			return 0, nil, nil, err
		}
		n := binary.BigEndian.Uint32(d[:])
		dims = append(dims, int(n))
		if size *= uint64(n); size > MaxBytes {
			return 0, nil, nil, fmt.Errorf("%w: IDX of shape %v…", ErrTooLarge, dims)
		}
	}
	data, err = readExactly(r, int64(size), -1)
	return typ, dims, data, err
}

// gunzip decompresses a stream if it starts with gzip's magic number.
func gunzip(r io.Reader) (io.Reader, error) {
	br := bufio.NewReader(r)
	if magic, _ := br.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return br, nil
	}
	zr, err := gzip.NewReader(br)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return zr, nil
}

func readFull(r io.Reader, b []byte) error {
	if _, err := io.ReadFull(r, b); err != nil {
		return readError(err)
	}
	return nil
}

// readError wraps the errors of truncated or corrupt streams in ErrFormat. It
// returns other errors, for example of the disk, unchanged.
func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: ends early", ErrFormat)
	}
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, zip.ErrChecksum) || errors.As(err, &corrupt) {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return err
}

// OpenIDX reads a pair of IDX files, gzipped or plain. See ReadIDX.
func OpenIDX(imagesPath, labelsPath string, classes int) (*Memory, error) {
	return openPair(imagesPath, labelsPath, func(images, labels io.Reader) (*Memory, error) {
		return ReadIDX(images, labels, classes)
	})
}

// openPair reads a set whose images and labels are in files of their own.
func openPair(imagesPath, labelsPath string, read func(images, labels io.Reader) (*Memory, error)) (*Memory, error) {
	images, _, err := regular.Open(imagesPath)
	if err != nil {
		return nil, err
	}
	defer images.Close()
	labels, _, err := regular.Open(labelsPath)
	if err != nil {
		return nil, err
	}
	defer labels.Close()
	m, err := read(images, labels)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", imagesPath, labelsPath, err)
	}
	return m, nil
}

package ledger

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// ErrDamaged means that a ledger is not as it was written, elsewhere than at its end.
var ErrDamaged = errors.New("the ledger is damaged")

// errTorn is the end of a file whose last entry was being written when the process ended.
var errTorn = errors.New("torn entry")

// readAll passes the entries of a file to load, without one that is torn at the end.
func readAll(r io.Reader, load func(svm.Entry)) error {
	in := &frames{r: bufio.NewReaderSize(r, 64<<10), at: int64(len(magic))}
	start := make([]byte, len(magic))
	if _, err := io.ReadFull(in.r, start); err != nil || string(start) != magic {
		return fmt.Errorf("%w: it does not start with %q: it is none, or of another version; a new ledger needs an empty directory", ErrDamaged, magic)
	}
	dec := gob.NewDecoder(in)
	for {
		var e svm.Entry
		err := in.next()
		if errors.Is(err, io.EOF) || errors.Is(err, errTorn) {
			return nil
		}
		if err == nil {
			err = dec.Decode(&e)
		}
		if err == nil && in.payload.Len() > 0 {
			err = errors.New("bytes behind an entry")
		}
		if err != nil {
			return fmt.Errorf("%w at byte %d: %w. What is before it can be kept with truncate -s %[2]d; a new ledger needs an empty directory", ErrDamaged, in.at, err)
		}
		load(e)
		in.at += header + in.size
	}
}

// frames reads payloads that are whole, one after the other.
type frames struct {
	r       *bufio.Reader
	payload bytes.Reader
	at      int64 // where the frame starts
	size    int64 // of its payload
}

// next reads a frame. io.EOF: there is none; errTorn: the file ends within it.
func (f *frames) next() error {
	var head [header]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return torn(err)
	}
	f.size = int64(binary.LittleEndian.Uint32(head[:]))
	if f.size == 0 || f.size > maxFrame {
		return fmt.Errorf("an entry of %d bytes", f.size)
	}
	// What the file does not hold is not allocated: a length may be anything.
	payload, err := io.ReadAll(io.LimitReader(f.r, f.size))
	if err != nil {
		return err
	}
	if int64(len(payload)) < f.size {
		return errTorn
	}
	if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
		return errors.New("a wrong checksum")
	}
	f.payload.Reset(payload)
	return nil
}

func torn(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errTorn
	}
	return err
}

// Read implements io.Reader for the decoder, which never gets more than a frame.
func (f *frames) Read(p []byte) (int, error) { return f.payload.Read(p) }

// ReadByte implements io.ByteReader, or the decoder would read ahead.
func (f *frames) ReadByte() (byte, error) { return f.payload.ReadByte() }

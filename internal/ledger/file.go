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
	"iter"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

const (
	name     = "ledger"
	magic    = "decloud localnet ledger 1\n"
	header   = 8 // bytes before a payload
	maxFrame = 256 << 20
	minFull  = 32 << 20 // bytes of changes that are never too many
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// File is a ledger on disk, a svm.Journal. Only one process can have it open.
type File struct {
	dir     string
	lock    *dirlock.Lock
	f       *os.File    // nil until Replace
	info    os.FileInfo // of f
	enc     *gob.Encoder
	frame   bytes.Buffer
	state   int64 // bytes that the state took when it was last written
	changes int64 // bytes since
}

// Open locks a directory, which it makes if necessary, and passes what its ledger holds to load; found is false if there
// is none. Call Replace before Append.
func Open(dir string, load func(svm.Entry)) (l *File, found bool, err error) {
	lock, err := dirlock.Acquire(dir)
	if err != nil {
		return nil, false, fmt.Errorf("ledger: %w", err)
	}
	l = &File{dir: dir, lock: lock}
	found, err = l.read(load)
	if err != nil {
		return nil, false, errors.Join(err, lock.Close())
	}
	return l, found, nil
}

func (l *File) path() string { return filepath.Join(l.dir, name) }

func (l *File) read(load func(svm.Entry)) (found bool, err error) {
	f, err := os.Open(l.path())
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	defer f.Close()
	if err := readAll(f, load); err != nil {
		return false, fmt.Errorf("%s: %w", l.path(), err)
	}
	return true, nil
}

// Append implements svm.Journal.
func (l *File) Append(e svm.Entry) error {
	if l.f == nil {
		return errors.New("ledger: it is closed")
	}
	if err := l.inPlace(); err != nil {
		return err
	}
	n, err := l.encode(l.f, e)
	l.changes += n
	if err != nil {
		return fmt.Errorf("ledger: %s: %w", l.path(), err)
	}
	return nil
}

// inPlace returns an error if the file is not in its directory any more: what is written to it would be lost.
func (l *File) inPlace() error {
	now, err := os.Stat(l.path())
	if err == nil && !os.SameFile(now, l.info) {
		err = errors.New("another file is in its place")
	}
	if err != nil {
		return fmt.Errorf("ledger: it has been removed while it was in use: %w", err)
	}
	return nil
}

// encode writes an entry in one piece.
func (l *File) encode(w io.Writer, e svm.Entry) (int64, error) {
	l.frame.Reset()
	l.frame.Write(make([]byte, header))
	if err := l.enc.Encode(e); err != nil {
		return 0, err
	}
	b := l.frame.Bytes()
	if len(b)-header > maxFrame {
		return 0, fmt.Errorf("a change of %d bytes is larger than %d", len(b)-header, maxFrame)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-header))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[header:], castagnoli))
	n, err := w.Write(b)
	return int64(n), err
}

// Full implements svm.Journal.
func (l *File) Full() bool { return l.changes > max(minFull, l.state) }

// Replace implements svm.Journal. The file is there as it was, or as it should be.
func (l *File) Replace(entries iter.Seq[svm.Entry]) error {
	l.enc = gob.NewEncoder(&l.frame)
	l.state, l.changes = 0, 0
	err := atomicfile.Write(l.path(), func(f io.Writer) error {
		w := bufio.NewWriterSize(f, 1<<20)
		if _, err := w.WriteString(magic); err != nil {
			return err
		}
		for e := range entries {
			n, err := l.encode(w, e)
			if err != nil {
				return err
			}
			l.state += n
		}
		return w.Flush()
	})
	if err == nil {
		err = l.reopen()
	}
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// reopen goes on at the end of the new file.
func (l *File) reopen() error {
	if l.f != nil {
		_ = l.f.Close() // it has been replaced
	}
	f, err := os.OpenFile(l.path(), os.O_WRONLY|os.O_APPEND, 0)
	if l.f = f; err != nil {
		return err
	}
	l.info, err = f.Stat()
	return err
}

// Close has the file reach the disk and releases the directory.
func (l *File) Close() error {
	var err error
	if l.f != nil {
		err = errors.Join(l.f.Sync(), l.f.Close())
		l.f = nil
	}
	return errors.Join(err, l.lock.Close())
}

package torchfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/big"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
)

// The older form (before PyTorch 1.6, or _use_new_zipfile_serialization=False)
// is a sequence of pickles: a magic number, the protocol, the byte order and
// sizes of the machine, the value itself, the storages' keys. Then follow the
// storages in the order of the keys, each an int64 count and its elements.
const legacyProtocol = 1001

var legacyMagic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

func (f *File) openLegacy(r io.ReaderAt, size int64, allow func(pickle.Global) error) error {
	head := make([]byte, min(size, maxLegacyPickle))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	if err := foreignFile(head); err != nil {
		return err
	}
	l := &legacy{r: r, size: size, declared: map[string]Storage{}}
	rest := head
	next := func(h pickle.Hooks) (any, error) {
		v, n, err := pickle.Decode(rest, h)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		rest = rest[n:]
		return v, nil
	}
	var facts [3]any
	for i := range facts {
		var err error
		if facts[i], err = next(pickle.Hooks{}); err != nil {
			return err
		}
		if i == 0 {
			if magic, ok := facts[0].(*big.Int); !ok || magic.Cmp(legacyMagic) != 0 {
				return fmt.Errorf("%w: neither its zip form nor the older one", ErrFormat)
			}
		}
	}
	machine, _ := facts[2].(*pickle.Dict)
	if facts[1] != int64(legacyProtocol) || machine == nil {
		return fmt.Errorf("%w: protocol %v", ErrFormat, facts[1])
	}
	if little, _ := machine.Get("little_endian"); little != true {
		return fmt.Errorf("%w: saved on a big-endian machine", ErrFormat)
	}
	var err error
	if f.Root, err = next(hooks(allow, l.persistent)); err != nil {
		return err
	}
	keys, err := next(pickle.Hooks{})
	if err != nil {
		return err
	}
	list, ok := keys.(*pickle.List)
	if !ok {
		return fmt.Errorf("%w: no list of storages", ErrFormat)
	}
	f.storage = l.storage
	return l.locate(list.Items, int64(len(head)-len(rest)))
}

// legacy finds the storages in a file of the older form.
type legacy struct {
	r        io.ReaderAt
	size     int64
	declared map[string]Storage // by the pickle
	at       map[string]int64   // where each one's elements start
}

// persistent decodes a persistent ID: a storage, or a module's class with its
// source code, which is ignored.
func (l *legacy) persistent(id any) (any, error) {
	if t, ok := id.(pickle.Tuple); ok && len(t) >= 2 && t[0] == "module" {
		if class, ok := t[1].(pickle.Global); ok {
			return class, nil
		}
	}
	if t, ok := id.(pickle.Tuple); ok && len(t) > 5 && t[5] != nil {
		return nil, fmt.Errorf("%w: a storage that is a view of another; load it and save it again with a newer PyTorch", ErrFormat)
	}
	v, err := storageOf(id)
	if err != nil {
		return nil, err
	}
	s := v.(Storage)
	if s.Size == 0 { // nobody knows where the next one begins
		return nil, fmt.Errorf("%w: storage %.40q is of a type that is unknown here; load the file and save it again with a newer PyTorch", ErrFormat, s.Key)
	}
	if old, ok := l.declared[s.Key]; ok && old != s {
		return nil, fmt.Errorf("%w: storage %.40q is declared in two ways", ErrFormat, s.Key)
	}
	l.declared[s.Key] = s
	return s, nil
}

// locate records where the storages after the pickles start.
func (l *legacy) locate(keys []any, at int64) error {
	l.at = make(map[string]int64, len(keys))
	for _, k := range keys {
		key, _ := k.(string)
		s, ok := l.declared[key]
		if _, twice := l.at[key]; !ok || twice {
			return fmt.Errorf("%w: storage %.40q is listed twice, or not used", ErrFormat, key)
		}
		var count [8]byte
		if at > l.size-8 {
			return fmt.Errorf("%w: ends before storage %.40q", ErrFormat, key)
		}
		if _, err := l.r.ReadAt(count[:], at); err != nil {
			return err
		}
		at += 8
		n := int64(binary.LittleEndian.Uint64(count[:]))
		if n != s.Count || n > (l.size-at)/s.Size {
			return fmt.Errorf("%w: storage %.40q has %d elements, %d declared, %d bytes left", ErrFormat, key, n, s.Count, l.size-at)
		}
		l.at[key] = at
		at += n * s.Size
	}
	return nil
}

func (l *legacy) storage(key string) ([]byte, error) {
	at, ok := l.at[key]
	if !ok {
		return nil, fmt.Errorf("%w: storage %.40q is missing", ErrFormat, key)
	}
	s := l.declared[key]
	b := make([]byte, s.Count*s.Size)
	_, err := io.ReadFull(io.NewSectionReader(l.r, at, int64(len(b))), b)
	return b, err
}

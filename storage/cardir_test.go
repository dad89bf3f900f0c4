package storage_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// What several parties push is written once; a file that differs is damaged, and is
// replaced.
func TestPushWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	s := open(t, storage.Config{Pushers: []storage.Pusher{storage.NewCARDir(dir)}})
	root, err := s.Add(t.Context(), smallTree())
	require.NoError(t, err)
	_, err = s.Push(t.Context(), root)
	require.NoError(t, err)
	path := filepath.Join(dir, root.String()+".car")
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, damage := range map[string]func() []byte{
		"whole":   func() []byte { return good },
		"empty":   func() []byte { return nil },
		"shorter": func() []byte { return good[:len(good)-1] },
		"longer":  func() []byte { return append(bytes.Clone(good), 0) },
		"changed": func() []byte { b := bytes.Clone(good); b[len(b)/2] ^= 1; return b },
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, damage(), 0o644))
			before, err := os.Stat(path)
			require.NoError(t, err)
			receipts, err := s.Push(t.Context(), root)
			require.NoError(t, err)
			require.Equal(t, int64(len(good)), receipts[0].Bytes)
			after, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, name == "whole", os.SameFile(before, after))
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, good, got)
			require.Len(t, glob(t, dir, "*"), 1)
		})
	}
}

// forgetful takes a CAR and gives back what change makes of it.
type forgetful struct {
	change func(car []byte) []byte
	car    []byte
}

func (f *forgetful) Push(_ context.Context, root cid.Cid, car io.Reader) (storage.Receipt, error) {
	var err error
	f.car, err = io.ReadAll(car)
	return storage.Receipt{CID: root}, err
}

func (f *forgetful) Fetch(context.Context, cid.Cid) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(f.change(f.car))), nil
}

// A push fails where the back end does not give back every block.
func TestPushReadsBackEveryBlock(t *testing.T) {
	for name, c := range map[string]struct {
		change func([]byte) []byte
		want   error
	}{
		"all":         {func(b []byte) []byte { return b }, nil},
		"and a tail":  {func(b []byte) []byte { return append(bytes.Clone(b), "tail"...) }, nil},
		"no last one": {func(b []byte) []byte { return b[:len(b)-40] }, storage.ErrIncomplete},
		"header only": {func(b []byte) []byte { return b[:b[0]+1] }, storage.ErrIncomplete},
		"changed":     {func(b []byte) []byte { b = bytes.Clone(b); b[len(b)-1] ^= 1; return b }, storage.ErrCorrupt},
		"no CAR":      {func([]byte) []byte { return []byte("<html>") }, storage.ErrIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			f := &forgetful{change: c.change}
			s := open(t, storage.Config{Pushers: []storage.Pusher{f}, Retry: storage.Retry{Attempts: 1, Base: time.Millisecond}, FetchBackWait: time.Millisecond})
			root, err := s.Add(t.Context(), smallTree())
			require.NoError(t, err)
			_, err = s.Push(t.Context(), root)
			require.ErrorIs(t, err, c.want)
		})
	}
}

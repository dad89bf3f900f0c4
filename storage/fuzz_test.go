package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// A parsed CID prints as text that parses to the same CID.
func FuzzParseCID(f *testing.F) {
	for _, s := range []string{"", "Qm", "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354", "ipfs://QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", "bafkqaaa", "f01551220"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := storage.ParseCID(s)
		if err != nil {
			require.ErrorIs(t, err, storage.ErrUnsupported)
			return
		}
		again, err := storage.ParseCID(c.String())
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}

// Whatever the stream, a store returns nothing but the content of the root.
func FuzzImportCAR(f *testing.F) {
	root, car := storagetest.Honest()
	f.Add(car)
	maker, err := storage.Open(storage.Config{Dir: f.TempDir()})
	require.NoError(f, err)
	_, err = maker.Import(context.Background(), root, bytes.NewReader(car))
	require.NoError(f, err)
	var want bytes.Buffer
	require.NoError(f, maker.Export(context.Background(), root, &want))
	for _, a := range storagetest.Attacks() {
		if a.Endless || a.Stalls {
			continue
		}
		data, err := io.ReadAll(a.Body())
		require.NoError(f, err)
		if len(data) < 1<<16 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := open(t, storage.Config{MaxBytes: 1 << 20, MaxNodes: 1000})
		fsys, err := s.Import(context.Background(), root, bytes.NewReader(data))
		if err != nil {
			requireKind(t, err)
			return
		}
		var again bytes.Buffer
		require.NoError(t, s.Export(context.Background(), root, &again))
		require.True(t, bytes.Equal(want.Bytes(), again.Bytes()))
		_, err = fs.ReadFile(fsys, "sub/weights.bin")
		require.NoError(t, err)
	})
}

// Whatever a block with the right hash contains, a store never expands it
// beyond its limits or returns an unsafe name.
func FuzzUnixFS(f *testing.F) {
	for _, a := range storagetest.Attacks() {
		if a.Endless || a.Stalls {
			continue
		}
		data, err := io.ReadAll(a.Body())
		require.NoError(f, err)
		if header := len(storagetest.CAR([]cid.Cid{a.Root}, nil)) + 38; len(data) > header && len(data) < 1<<12 {
			f.Add(data[header:]) // the root block and everything after it
		}
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		h, err := multihash.Sum(block, multihash.SHA2_256, -1)
		require.NoError(t, err)
		root := cid.NewCidV1(cid.DagProtobuf, h)
		empty := cid.MustParse("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")
		car := storagetest.CAR([]cid.Cid{root}, []storagetest.Block{{CID: root, Data: block}, {CID: empty}})
		fsys, err := open(t, storage.Config{MaxBytes: 1 << 10, MaxNodes: 100}).Import(context.Background(), root, bytes.NewReader(car))
		if err != nil {
			requireKind(t, err)
			return
		}
		var total int64
		require.NoError(t, fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			require.True(t, fs.ValidPath(path), path)
			if err == nil && !d.IsDir() {
				fi, err := d.Info()
				require.NoError(t, err)
				total += fi.Size()
			}
			return err
		}))
		require.LessOrEqual(t, total, int64(1<<10))
	})
}

// requireKind requires that an error wraps one of the sentinels.
func requireKind(t *testing.T, err error) {
	t.Helper()
	for _, kind := range []error{storage.ErrCorrupt, storage.ErrIncomplete, storage.ErrTooLarge, storage.ErrUnsafeName, storage.ErrCIDMismatch, storage.ErrUnsupported} {
		if errors.Is(err, kind) {
			return
		}
	}
	t.Fatalf("the error wraps no sentinel: %v", err)
}

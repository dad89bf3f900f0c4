package storage_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

const benchSize = 100 << 20

func benchTree(b *testing.B) fs.FS {
	data := make([]byte, benchSize)
	_, err := rand.Read(data)
	require.NoError(b, err)
	return fstest.MapFS{"embeddings.safetensors": {Data: data}, "config.json": {Data: []byte("{}")}}
}

func benchStore(b *testing.B, cfg storage.Config) *storage.Store {
	cfg.Dir = b.TempDir()
	s, err := storage.Open(cfg)
	require.NoError(b, err)
	return s
}

// BenchmarkStorage measures a package of 100 MB; a CAR in memory replaces the
// network.
func BenchmarkStorage(b *testing.B) {
	ctx, tree := context.Background(), benchTree(b)
	s := benchStore(b, storage.Config{})
	root, err := s.Add(ctx, tree)
	require.NoError(b, err)
	var car bytes.Buffer
	require.NoError(b, s.Export(ctx, root, &car))
	run := func(name string, fn func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(benchSize)
			b.ReportAllocs()
			fn(b)
		})
	}
	run("cid", func(b *testing.B) {
		for b.Loop() {
			_, err := storage.CID(ctx, tree, storage.Default)
			require.NoError(b, err)
		}
	})
	run("pack", func(b *testing.B) {
		for b.Loop() {
			_, err := benchStore(b, storage.Config{}).Add(ctx, tree)
			require.NoError(b, err)
		}
	})
	run("export", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, s.Export(ctx, root, io.Discard))
		}
	})
	run("verify", func(b *testing.B) {
		for b.Loop() {
			ok, err := s.Has(ctx, root)
			require.NoError(b, err)
			require.True(b, ok)
		}
	})
	run("fetch", func(b *testing.B) {
		for b.Loop() {
			_, err := benchStore(b, storage.Config{}).Import(ctx, root, bytes.NewReader(car.Bytes()))
			require.NoError(b, err)
		}
	})
	run("extract", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, s.Extract(ctx, root, filepath.Join(b.TempDir(), "pkg")))
		}
	})
}

package storage_test

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/ipfs/go-cid"
	car "github.com/ipld/go-car/v2"
	carstorage "github.com/ipld/go-car/v2/storage"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

//go:embed testdata/golden/golden.json
var goldenJSON []byte

type goldenDAG struct {
	Root   string
	Blocks [][2]string // CID, base64; in the order of the other implementation
}

func golden(t *testing.T) map[string]map[string]goldenDAG {
	t.Helper()
	var g map[string]map[string]goldenDAG
	require.NoError(t, json.Unmarshal(goldenJSON, &g))
	return g
}

func goldenTrees() map[string]fs.FS {
	sharded := fstest.MapFS{}
	for i := range 1200 {
		sharded[fmt.Sprintf("entry-%0204d", i)] = &fstest.MapFile{Data: fmt.Append(nil, i)}
	}
	return map[string]fs.FS{
		"mixed":   fixture(),
		"sharded": sharded,
		"tall":    fstest.MapFS{"weights.bin": {Data: pseudo(174*(256<<10)+1, 3)}},
		"small":   smallTree(),
	}
}

func smallTree() fstest.MapFS {
	return fstest.MapFS{
		"config.json":  {Data: []byte("{}")},
		"sub/data.bin": {Data: pseudo(1000, 4)},
		"sub/empty":    {Data: []byte{}},
		"two.bin":      {Data: pseudo(2000, 5)},
	}
}

// The CIDs equal those of npm's ipfs-unixfs-importer for every profile; another
// store reads the packed content back from a CAR.
func TestGoldenCIDs(t *testing.T) {
	t.Parallel()
	ctx, trees := context.Background(), goldenTrees()
	for tree, byProfile := range golden(t) {
		for _, p := range storage.Profiles() {
			if testing.Short() && tree != "mixed" && p.Name != storage.Default.Name {
				continue
			}
			t.Run(tree+"/"+p.Name, func(t *testing.T) {
				if tree == "small" {
					p.ChunkSize = 1024
				}
				want := byProfile[p.Name].Root
				require.NotEmpty(t, want)
				root, err := storage.CID(ctx, trees[tree], p)
				require.NoError(t, err)
				require.Equal(t, want, root.String())

				if tree != "mixed" && p.Name != storage.Default.Name {
					return // one profile is enough for thousands of blocks
				}
				writer := open(t, storage.Config{Profile: p, NoSync: true})
				root, err = writer.Add(ctx, trees[tree])
				require.NoError(t, err)
				require.Equal(t, want, root.String())
				var buf bytes.Buffer
				require.NoError(t, writer.Export(ctx, root, &buf))
				fsys, err := open(t, storage.Config{}).Import(ctx, root, &buf)
				require.NoError(t, err)
				requireSameTree(t, trees[tree], fsys)
			})
		}
	}
}

// Blocks of the other implementation are read in the order in which it writes
// them: leaves first, the root last.
func TestReadsForeignBlocks(t *testing.T) {
	t.Parallel()
	for profile, dag := range golden(t)["small"] {
		t.Run(profile, func(t *testing.T) {
			root, err := storage.ParseCID(dag.Root)
			require.NoError(t, err)
			fsys, err := open(t, storage.Config{}).Import(context.Background(), root, bytes.NewReader(foreignCAR(t, root, dag.Blocks)))
			require.NoError(t, err)
			requireSameTree(t, smallTree(), fsys)
		})
	}
}

//go:embed testdata/golden/small.car
var smallCAR []byte

// npm's ipfs-car packs under unixfs-v1-2025; its file is read unchanged.
func TestReadsIPFSCAR(t *testing.T) {
	root, err := storage.CID(context.Background(), smallTree(), storage.UnixFSv1)
	require.NoError(t, err)
	fsys, err := open(t, storage.Config{}).Import(context.Background(), root, bytes.NewReader(smallCAR))
	require.NoError(t, err)
	requireSameTree(t, smallTree(), fsys)
}

func foreignCAR(t *testing.T, root cid.Cid, blocks [][2]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := carstorage.NewWritable(&buf, []cid.Cid{root}, car.WriteAsCarV1(true), car.UseWholeCIDs(true))
	require.NoError(t, err)
	for _, b := range blocks {
		c, err := cid.Decode(b[0])
		require.NoError(t, err)
		data, err := base64.StdEncoding.DecodeString(b[1])
		require.NoError(t, err)
		require.NoError(t, w.Put(context.Background(), c.KeyString(), data))
	}
	return buf.Bytes()
}

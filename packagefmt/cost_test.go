package packagefmt

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestDecodedBytesAreThoseOfTheReadPackage(t *testing.T) {
	p := small(t, 12, 4, 3)
	files, err := p.files()
	require.NoError(t, err)
	bytes, err := DecodedBytes(files)
	require.NoError(t, err)
	cost, err := p.Cost()
	require.NoError(t, err)
	config := expansions[ConfigFile] * int64(len(files[ConfigFile]))
	require.Equal(t, cost.Bytes+config, bytes)
	require.Positive(t, cost.HeadOps)
	require.GreaterOrEqual(t, cost.WorkBytes, int64(batchBytes))
}

func TestDecodedBytesOfATokenizer(t *testing.T) {
	p, _ := buildLanguages(t)
	files, err := p.files()
	require.NoError(t, err)
	with, err := DecodedBytes(files)
	require.NoError(t, err)
	cost, err := p.Cost()
	require.NoError(t, err)
	require.Greater(t, with, cost.Bytes)
	require.GreaterOrEqual(t, cost.Bytes, 8*int64(len(p.Tokenizer)))
	delete(files, TokenizerFile)
	without, err := DecodedBytes(files)
	require.NoError(t, err)
	require.EqualValues(t, 16*len(p.Tokenizer), with-without)
}

func TestDecodedBytesOfHalvesAreTwiceTheFile(t *testing.T) {
	header := `{"w":{"dtype":"F16","shape":[1000],"data_offsets":[0,2000]}}`
	file := append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header...)
	files := fstest.MapFS{HeadFile: {Data: append(file, make([]byte, 2000)...)}}
	bytes, err := DecodedBytes(files)
	require.NoError(t, err)
	require.EqualValues(t, 4000, bytes)

	files[HeadFile].Data = files[HeadFile].Data[:2000]
	bytes, err = DecodedBytes(files)
	require.NoError(t, err, "a broken file takes nothing: reading it fails")
	require.Zero(t, bytes)
}

// failing is a file system that lists a head and cannot open it.
type failing struct{ fstest.MapFS }

func (f failing) Open(name string) (fs.File, error) {
	if name == HeadFile {
		return nil, fs.ErrPermission
	}
	return f.MapFS.Open(name)
}

func TestDecodedBytesOfADiskThatFails(t *testing.T) {
	_, err := DecodedBytes(failing{fstest.MapFS{HeadFile: {Data: []byte("x")}}})
	require.ErrorIs(t, err, fs.ErrPermission)
}

func TestSpeedIsPlausible(t *testing.T) {
	require.Greater(t, Speed(), 1e6)
	require.Less(t, Speed(), 1e14)
}

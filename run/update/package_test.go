package update

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func names() Names {
	return Names{Program: solana.PublicKey{1}, Run: solana.PublicKey{2}, Epoch: 3, Round: 4, Member: solana.PublicKey{5}}
}

// made are the files of a good update.
func made(t testing.TB, e Encoding) memfs.FS {
	t.Helper()
	encoded, err := Encode(changeOf(model(), 7), e)
	require.NoError(t, err)
	files, err := New(names(), e.kind(), encoded)
	require.NoError(t, err)
	return files.(memfs.FS)
}

func TestReadWhatNewMakes(t *testing.T) {
	for _, e := range encodings {
		files := made(t, e)
		require.Equal(t, files, made(t, e), "the same bytes")
		got, err := Read(files, names(), model())
		require.NoError(t, err)
		require.Equal(t, changeOf(model(), 7)["layers.3.running_mean"], got["layers.3.running_mean"])
		require.LessOrEqual(t, int64(len(files[ConfigFile])+len(files[ValuesFile])), Limit(model()))
	}
}

func TestReadRefuses(t *testing.T) {
	config := func(f func(map[string]any)) func(memfs.FS) {
		return func(m memfs.FS) {
			var c map[string]any
			require.NoError(t, json.Unmarshal(m[ConfigFile], &c))
			f(c)
			m[ConfigFile], _ = json.Marshal(c)
		}
	}
	values := func(f func(map[string]safetensors.Raw)) func(memfs.FS) {
		return func(m memfs.FS) {
			tensors, err := safetensors.ReadRaw(bytes.NewReader(m[ValuesFile]), int64(len(m[ValuesFile])))
			require.NoError(t, err)
			f(tensors)
			var b bytes.Buffer
			require.NoError(t, safetensors.WriteRaw(&b, tensors))
			m[ValuesFile] = b.Bytes()
		}
	}
	for name, c := range map[string]struct {
		kind  Kind
		spoil func(memfs.FS)
		want  error
	}{
		"no config":          {Float32, func(m memfs.FS) { delete(m, ConfigFile) }, ErrUnreadable},
		"no values":          {Float32, func(m memfs.FS) { delete(m, ValuesFile) }, ErrUnreadable},
		"another file":       {Float32, func(m memfs.FS) { m["x"] = nil }, ErrUnreadable},
		"HTML":               {Float32, func(m memfs.FS) { m[ValuesFile] = []byte("<html>") }, ErrUnreadable},
		"config is HTML":     {Float32, func(m memfs.FS) { m[ConfigFile] = []byte("<html>") }, ErrUnreadable},
		"giant config":       {Float32, func(m memfs.FS) { m[ConfigFile] = append(m[ConfigFile], make([]byte, maxConfig)...) }, ErrUnreadable},
		"giant values":       {Float32, func(m memfs.FS) { m[ValuesFile] = append(m[ValuesFile], make([]byte, Limit(model()))...) }, ErrUnreadable},
		"two configs":        {Float32, func(m memfs.FS) { m[ConfigFile] = append(m[ConfigFile], '{') }, ErrUnreadable},
		"unknown field":      {Float32, config(func(c map[string]any) { c["weight"] = 1000 }), ErrUnreadable},
		"newer version":      {Float32, config(func(c map[string]any) { c["version"] = 2 }), ErrUnreadable},
		"unknown encoding":   {Float32, config(func(c map[string]any) { c["encoding"] = "zip" }), ErrUnreadable},
		"other encoding":     {Float32, config(func(c map[string]any) { c["encoding"] = "sign" }), ErrLayers},
		"another round":      {Float32, config(func(c map[string]any) { c["round"] = 5 }), ErrNames},
		"another epoch":      {Float32, config(func(c map[string]any) { c["epoch"] = 5 }), ErrNames},
		"another member":     {Float32, config(func(c map[string]any) { c["member"] = solana.PublicKey{9} }), ErrNames},
		"another run":        {Float32, config(func(c map[string]any) { c["run"] = solana.PublicKey{9} }), ErrNames},
		"another program":    {Float32, config(func(c map[string]any) { c["program"] = solana.PublicKey{9} }), ErrNames},
		"weight left out":    {Float32, values(func(m map[string]safetensors.Raw) { delete(m, "layers.0.bias") }), ErrLayers},
		"weight too many":    {Float32, values(func(m map[string]safetensors.Raw) { m["layers.9.bias"] = m["layers.0.bias"] }), ErrLayers},
		"other shape":        {Float32, values(func(m map[string]safetensors.Raw) { m["layers.0.bias"] = m["layers.1.weight"] }), ErrLayers},
		"other type":         {Float16, values(func(m map[string]safetensors.Raw) { m["layers.0.bias"] = m["layers.0.bias:scale"] }), ErrLayers},
		"no scale":           {Float16, values(func(m map[string]safetensors.Raw) { delete(m, "layers.0.bias:scale") }), ErrLayers},
		"NaN":                {Float32, values(func(m map[string]safetensors.Raw) { copy(m["layers.0.bias"].Data, []byte{0, 0, 0xc0, 0x7f}) }), ErrNotFinite},
		"infinite half":      {Float16, values(func(m map[string]safetensors.Raw) { copy(m["layers.0.bias"].Data, []byte{0, 0x7c}) }), ErrNotFinite},
		"infinite scale":     {Sign, values(func(m map[string]safetensors.Raw) { copy(m["layers.0.bias:scale"].Data, []byte{0, 0, 0x80, 0x7f}) }), ErrNotFinite},
		"gap behind the end": {TopK, values(func(m map[string]safetensors.Raw) { m["layers.0.bias:gaps"].Data[0] = 127 }), ErrLayers},
		"gap without end":    {TopK, values(func(m map[string]safetensors.Raw) { m["layers.0.bias:gaps"].Data[0] = 255 }), ErrLayers},
		"gaps without values": {TopK, values(func(m map[string]safetensors.Raw) {
			m["layers.0.bias:gaps"] = safetensors.Raw{DType: "U8", Shape: []int{30}, Data: make([]byte, 30)}
		}), ErrLayers},
		"more values than there are": {TopK, values(func(m map[string]safetensors.Raw) {
			m["layers.0.bias:values"] = safetensors.Raw{DType: "F16", Shape: []int{31}, Data: make([]byte, 62)}
		}), ErrLayers},
	} {
		e := Encoding{Kind: c.kind}
		if c.kind == TopK {
			e.Fraction = 0.05
		}
		files := made(t, e)
		c.spoil(files)
		_, err := Read(files, names(), model())
		require.ErrorIs(t, err, c.want, name)
	}
}

// An error of the disk says nothing about the update.
func TestReadFromABrokenDisk(t *testing.T) {
	for _, broken := range []string{".", ConfigFile, ValuesFile} {
		_, err := Read(brokenFS{made(t, Encoding{}), broken}, names(), model())
		require.ErrorIs(t, err, errDisk)
		for _, verdict := range []error{ErrUnreadable, ErrNames, ErrLayers, ErrNotFinite} {
			require.NotErrorIs(t, err, verdict)
		}
	}
}

var errDisk = errors.New("disk")

type brokenFS struct {
	fs.FS
	name string
}

func (f brokenFS) Open(name string) (fs.File, error) {
	if name == f.name {
		return nil, errDisk
	}
	return f.FS.Open(name)
}

// Whatever arrives: no panic, and what is accepted is finite and can be encoded
// again.
func FuzzRead(f *testing.F) {
	for _, e := range encodings {
		files := made(f, e)
		f.Add(files[ConfigFile], files[ValuesFile])
	}
	f.Fuzz(func(t *testing.T, config, values []byte) {
		c, err := Read(memfs.FS{ConfigFile: config, ValuesFile: values}, names(), model())
		if err != nil {
			return
		}
		encoded, err := Encode(c, Encoding{})
		require.NoError(t, err)
		again, err := Decode(encoded, Float32, model().Weights)
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}

package parquet

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

var texts = []string{"A fine day, said nobody.", "Regen über München", "", "雨\n☂", "the same", "the same"}

func TestOpenTexts(t *testing.T) {
	for name, classes := range map[string][]string{"classlabel": {"neg", "pos"}, "zstd": {"0", "1"}, "names": {"a", "b"}} {
		set, err := OpenTexts(filepath.Join("testdata", name+".parquet"), dataset.Options{})
		require.NoError(t, err, name)
		require.Equal(t, classes, set.ClassNames(), name)
		require.Equal(t, len(texts), set.Len())
		for i, want := range []int{1, 0, 0, 1, 1, 0} {
			got, label, err := set.Text(i)
			require.NoError(t, err)
			require.Equal(t, []string{texts[i]}, got)
			require.Equal(t, want, label)
		}
	}
}

// Two columns of text are a pair; without a word which ones they are is open.
func TestPairs(t *testing.T) {
	const path = "testdata/pairs.parquet"
	set, err := OpenTexts(path, dataset.Options{Text: []string{"premise", "hypothesis"}})
	require.NoError(t, err)
	require.Equal(t, len(texts), set.Len())
	for i := range texts {
		got, label, err := set.Text(i)
		require.NoError(t, err)
		require.Equal(t, []string{texts[i], texts[len(texts)-1-i]}, got)
		require.Equal(t, []int{1, 0, 0, 1, 1, 0}[i], label)
	}
	for _, wanted := range [][]string{nil, {"premise", "premise"}, {"premise", "idx"}, {"premise", "hypothesis", "label"}} {
		_, err := OpenTexts(path, dataset.Options{Text: wanted})
		require.ErrorContains(t, err, "Options.Text", wanted)
	}
}

func TestWhatIsRefused(t *testing.T) {
	good, err := os.ReadFile("testdata/classlabel.parquet")
	require.NoError(t, err)
	huge := func(n uint32) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint32(b[len(b)-8:], n)
		return b
	}
	// a footer whose list says that it has 2^40 elements
	lying := append([]byte("PAR1\x19\xfc"), binary.AppendUvarint(nil, 1<<40)...)
	lying = append(binary.LittleEndian.AppendUint32(append(lying, 0), uint32(len(lying)-3)), "PAR1"...)
	for name, file := range map[string][]byte{
		"empty": nil, "not Parquet": []byte("text,label\n"), "cut off": good[:len(good)-20], "footer longer than the file": huge(0xfffffff0),
		"footer of nothing": huge(0), "lying list": lying,
	} {
		_, err := ReadTexts(bytes.NewReader(file), int64(len(file)), dataset.Options{})
		require.ErrorIs(t, err, dataset.ErrFormat, name)
	}
	_, err = OpenTexts("testdata/null.parquet", dataset.Options{})
	require.ErrorContains(t, err, "row 1")
	_, err = OpenTexts("testdata/bomb.parquet", dataset.Options{})
	require.ErrorIs(t, err, dataset.ErrTooLarge, "300 MiB in one page")
	_, err = OpenTexts("testdata/classlabel.parquet", dataset.Options{Label: "y"})
	require.ErrorContains(t, err, "Options.Label")
	_, err = OpenTexts("testdata/classlabel.parquet", dataset.Options{Text: []string{"body"}})
	require.ErrorContains(t, err, "Options.Text")
	_, err = OpenTexts("testdata/names.parquet", dataset.Options{Classes: []string{"a", "c"}})
	require.ErrorIs(t, err, dataset.ErrClass)
}

// Damaged bytes anywhere are an error, or change a text; they never panic or take
// memory.
func TestFlippedBytes(t *testing.T) {
	for _, name := range []string{"classlabel", "zstd", "names", "image"} {
		good, err := os.ReadFile("testdata/" + name + ".parquet")
		require.NoError(t, err)
		for i := range good {
			for _, flip := range []byte{1, 0x80, 0xff} {
				file := bytes.Clone(good)
				file[i] ^= flip
				set, err := ReadTexts(bytes.NewReader(file), int64(len(file)), dataset.Options{})
				require.True(t, (set == nil) != (err == nil))
				pictures, err := ReadPictures(bytes.NewReader(file), int64(len(file)), []int{3, 6, 8}, dataset.Options{})
				require.True(t, (pictures == nil) != (err == nil))
			}
		}
	}
}

// FuzzReadTexts: any bytes give a set whose samples can be read, or an error.
func FuzzReadTexts(f *testing.F) {
	for _, name := range []string{"classlabel", "zstd", "names", "pairs"} {
		data, err := os.ReadFile("testdata/" + name + ".parquet")
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		set, err := ReadTexts(bytes.NewReader(file), int64(len(file)), dataset.Options{})
		if err != nil {
			set, err = ReadTexts(bytes.NewReader(file), int64(len(file)), dataset.Options{Text: []string{"premise", "hypothesis"}})
		}
		if err != nil {
			return
		}
		for i := range set.Len() {
			_, label, err := set.Text(i)
			require.NoError(t, err)
			require.Less(t, label, set.Classes())
		}
	})
}

package submission

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

var errEOF = io.EOF

// png4 is a picture of 4×4 grey pixels.
var png4 = func() string {
	var b bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 4, 4))
	for i := range img.Pix {
		img.Pix[i] = byte(16 * i)
	}
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.String()
}()

// huge is a small file that says it is a large picture.
func huge(w, h uint32) string {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(data)))
		sum := crc32.ChecksumIEEE(append([]byte(name), data...))
		b.WriteString(name)
		b.Write(data)
		_ = binary.Write(&b, binary.BigEndian, sum)
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	chunk("IHDR", append(head, 1, 0, 0, 0, 0)) // one bit a pixel
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 1000))
	_ = z.Close()
	chunk("IDAT", packed.Bytes())
	chunk("IEND", nil)
	return b.String()
}

// bombs are pictures of 4 mebipixels each that are not there.
func bombs(n int) files {
	f := files{}
	for i := range n {
		f[fmt.Sprintf("train/0/%d.png", i)] = huge(2048, 2048)
	}
	return f
}

// npy is a file of NumPy's.
func npy(descr, shape string, data []byte) []byte {
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
	return append(append(b, head...), data...)
}

// npz is an archive of such files.
func npz(t testing.TB, entries map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range sortedKeys(entries) {
		f, err := z.Create(name)
		require.NoError(t, err)
		_, err = f.Write(entries[name])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestArrays(t *testing.T) {
	x := npy("<f4", "(2, 2)", []byte{0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64}) // 1, 2, 3, 4
	y := npy("<i8", "(2,)", []byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	names := npy("<U6", "(2,)", func() (b []byte) {
		for _, name := range []string{"setosa", "setosa"} {
			for _, r := range name {
				b = binary.LittleEndian.AppendUint32(b, uint32(r))
			}
		}
		return b
	}())
	read := func(entries map[string][]byte) (*Set, error) {
		small := flowers
		small.MaxBytes = 1 << 20
		return Read(files{ArrayFile: string(npz(t, entries))}.with(Values, 2), small)
	}
	set, err := read(map[string][]byte{"x.npy": x, "y.npy": y})
	require.NoError(t, err)
	got := make([]float32, 2)
	label, err := set.Dataset().Sample(0, got)
	require.NoError(t, err)
	require.Equal(t, 1, label)
	require.Equal(t, []float32{1, 2}, got)
	require.Equal(t, 2, set.Dataset().Classes())
	require.Equal(t, flowers.Classes, dataset.ClassNames(set.Dataset()))
	set, err = read(map[string][]byte{"x.npy": npy("|u1", "(2, 2)", []byte{255, 0, 51, 102}), "y.npy": names})
	require.NoError(t, err)
	label, err = set.Dataset().Sample(1, got)
	require.NoError(t, err)
	require.Equal(t, 0, label)
	require.Equal(t, []float32{0.2, 0.4}, got, "bytes are pixels")

	bomb := npy("<f8", "(2, 2)", make([]byte, 2<<20))
	for name, c := range map[string]struct {
		entries map[string][]byte
		reason  Reason
		says    string
	}{
		"no y":              {map[string][]byte{"x.npy": x}, BadArchive, "1 entries"},
		"a path":            {map[string][]byte{"x.npy": x, "../y.npy": y}, BadArchive, "no entry y.npy"},
		"a third":           {map[string][]byte{"x.npy": x, "y.npy": y, "z.npy": y}, BadArchive, "3 entries"},
		"a bomb":            {map[string][]byte{"x.npy": bomb, "y.npy": y}, BadArchive, "unpacked"},
		"more rows":         {map[string][]byte{"x.npy": npy("<f4", "(3, 2)", make([]byte, 24)), "y.npy": y}, BadArchive, "as many rows"},
		"10^10 rows":        {map[string][]byte{"x.npy": npy("<f4", "(2147483647, 2)", nil), "y.npy": y}, BadArchive, "too large"},
		"a lie":             {map[string][]byte{"x.npy": npy("<f4", "(2, 2)", nil), "y.npy": y}, BadArchive, "declared"},
		"another shape":     {map[string][]byte{"x.npy": npy("<f4", "(2, 3)", make([]byte, 24)), "y.npy": y}, BadArchive, "want [2 2]"},
		"labels in columns": {map[string][]byte{"x.npy": x, "y.npy": npy("|u1", "(2, 2)", make([]byte, 4))}, BadArchive, "a label for each row"},
		"NaN":               {map[string][]byte{"x.npy": npy("<f4", "(2, 2)", bytes.Repeat([]byte{255}, 16)), "y.npy": y}, BadArchive, ""},
		"objects":           {map[string][]byte{"x.npy": npy("|O", "(2, 2)", nil), "y.npy": y}, BadArchive, "type"},
		"a label too high":  {map[string][]byte{"x.npy": x, "y.npy": npy("|u1", "(2,)", []byte{0, 2})}, BadLabel, "row 2"},
		"no numpy":          {map[string][]byte{"x.npy": []byte("hello"), "y.npy": y}, BadArchive, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.entries)
			requireInvalid(t, err, c.reason, c.says)
		})
	}
	_, err = Read(files{ArrayFile: "PK\x05\x06"}.with(Values, 2), flowers)
	requireInvalid(t, err, BadArchive, "zip")
}

// requireRebuilt: what was read can be built again, and is the same.
func requireRebuilt(t *testing.T, set *Set, schema Schema) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "again")
	_, err := Build(dir, set.Dataset(), schema, About{})
	require.NoError(t, err)
	again, err := Read(os.DirFS(dir), schema)
	require.NoError(t, err)
	require.Equal(t, set.Len(), again.Len())
	for i := range set.Len() {
		require.Equal(t, set.Text(i), again.Text(i))
		if schema.Kind == Values || schema.Kind == Pictures {
			n := schema.features()
			a, b := make([]float32, n), make([]float32, n)
			labelA, err := set.Dataset().Sample(i, a)
			require.NoError(t, err)
			labelB, err := again.Dataset().Sample(i, b)
			require.NoError(t, err)
			require.Equal(t, a, b)
			require.Equal(t, labelA, labelB)
		}
	}
}

func TestBuildFromOnesOwnData(t *testing.T) {
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	some, err := dataset.Subset(sets.Train, []int{3, 1, 4, 1, 5})
	require.NoError(t, err)
	mnist := Schema{Kind: Pictures, Shape: []int{1, 28, 28}, Classes: dataset.ClassNames(sets.Train), MaxRows: 5}
	dir := filepath.Join(t.TempDir(), "pictures")
	m, err := Build(dir, some.(dataset.Described), mnist, About{License: "CC0-1.0", Source: "NIST"})
	require.NoError(t, err)
	require.Len(t, m.Files, 5)
	set, err := Read(os.DirFS(dir), mnist)
	require.NoError(t, err)
	require.Equal(t, m, set.Manifest)
	requireRebuilt(t, set, mnist)
	total := 0.0
	x := make([]float32, 784)
	for i := range some.Len() {
		_, err := some.Sample(i, x)
		require.NoError(t, err)
		for _, v := range x {
			total += float64(v)
		}
	}
	for i := range set.Len() {
		_, err := set.Dataset().Sample(i, x)
		require.NoError(t, err)
		for _, v := range x {
			total -= float64(v)
		}
	}
	require.InDelta(t, 0, total, 1e-6, "pixels stay what they are")

	csv, err := dataset.ReadCSV(strings.NewReader("a,b,label\n1,2.5,virginica\n3,4,setosa\n"), dataset.Options{})
	require.NoError(t, err)
	dir = filepath.Join(t.TempDir(), "values")
	_, err = Build(dir, csv, flowers, About{})
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(dir, LinesFile))
	require.NoError(t, err)
	require.Equal(t, `{"x":[1,2.5],"y":"virginica"}`+"\n"+`{"x":[3,4],"y":"setosa"}`+"\n", string(text))

	_, err = Build(dir, csv, flowers, About{})
	require.ErrorIs(t, err, fs.ErrExist)
	mine, err := dataset.ReadTextJSONL(strings.NewReader(`{"text":"buy <now>","label":"spam"}`), dataset.Options{})
	require.NoError(t, err)
	dir = filepath.Join(t.TempDir(), "texts")
	_, err = Build(dir, mine, mails, About{})
	require.NoError(t, err)
	text, err = os.ReadFile(filepath.Join(dir, LinesFile))
	require.NoError(t, err)
	require.Equal(t, `{"text":"buy <now>","label":"spam"}`+"\n", string(text), "of the class's name, not of its number in the file")
}

// What validators would refuse is not written.
func TestBuildRefusesWhatWouldScoreNothing(t *testing.T) {
	parent := t.TempDir()
	csv, err := dataset.ReadCSV(strings.NewReader("a,b,label\n1,2,virginica\n3,4,other\n"), dataset.Options{})
	require.NoError(t, err)
	for name, build := range map[string]func(dir string) error{
		"another class": func(dir string) error { _, err := Build(dir, csv, flowers, About{}); return err },
		"too few": func(dir string) error {
			s := talks
			s.MinRows = 2
			_, err := Build(dir, talk(t, "b"), s, About{})
			require.ErrorContains(t, err, "1 rows, the round takes 2 to 10")
			return err
		},
		"too many": func(dir string) error {
			s := flowers
			s.MaxRows = 1
			_, err := Build(dir, csv, s, About{})
			require.ErrorContains(t, err, "2 rows, the round takes 1 to 1")
			return err
		},
		"too large": func(dir string) error {
			s := talks
			s.MaxBytes = 50
			_, err := Build(dir, talk(t, strings.Repeat("b", 100)), s, About{})
			return err
		},
		"a long source": func(dir string) error {
			_, err := Build(dir, talk(t, "b"), talks, About{Source: strings.Repeat("a", 2000)})
			return err
		},
		"numbers as texts": func(dir string) error { _, err := Build(dir, csv, mails, About{}); return err },
		"numbers as talks": func(dir string) error { _, err := Build(dir, csv, talks, About{}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, build(filepath.Join(parent, "out")))
			left, err := os.ReadDir(parent)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// talk is a conversation of two turns.
func talk(t testing.TB, answer string) *dataset.ConversationSet {
	t.Helper()
	set, err := dataset.NewConversations([]dataset.Conversation{{Turns: []dataset.Turn{{Role: "user", Content: "a"}, {Role: "assistant", Content: answer}}}})
	require.NoError(t, err)
	return set
}

package submission

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// opened calls a function before a file is opened for the n-th time.
type opened struct {
	fs.FS
	calls map[string]int
	at    func(name string, n int)
}

func (o opened) Open(name string) (fs.File, error) {
	o.calls[name]++
	o.at(name, o.calls[name])
	return o.FS.Open(name)
}

func textRows(said string) files {
	return files{LinesFile: `{"text": "` + said + `", "label": "a"}` + "\n" + `{"text": "no", "label": "b"}` + "\n"}
}

var textsOf2 = Schema{Kind: Texts, Classes: []string{"a", "b"}}

// left is what is in the directory that a copy is made in.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Dir(dir))
	require.NoError(t, err)
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

func TestACopyIsTheSubmission(t *testing.T) {
	for name, c := range map[string]struct {
		set    fstest.MapFS
		schema Schema
	}{
		"texts":    {textRows("yes").with(Texts, 2), textsOf2},
		"pictures": {files{"train/0/a.png": png4, "train/1/b.png": png4}.with(Pictures, 2), Schema{Kind: Pictures, Shape: []int{1, 4, 4}, Classes: []string{"0", "1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c.set["README.md"], c.set[attributes] = &fstest.MapFile{Data: []byte("mine")}, &fstest.MapFile{Data: []byte("the hub's")}
			dir := filepath.Join(t.TempDir(), "copy")
			m, err := Copy(dir, c.set, c.schema)
			require.NoError(t, err)
			require.Equal(t, 2, m.Rows)
			n := 0
			require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					b, err := os.ReadFile(filepath.Join(dir, name))
					require.NoError(t, err)
					require.Equal(t, c.set[name].Data, b)
					n++
				}
				return err
			}))
			require.Equal(t, len(c.set)-1, n, "all but what is the hub's")
			require.NoFileExists(t, filepath.Join(dir, attributes))
			_, err = Copy(dir, c.set, c.schema)
			require.ErrorIs(t, err, fs.ErrExist)
			require.Equal(t, []string{"copy"}, left(t, dir))
		})
	}
}

// What is wrong is said as validators would say it, and leaves nothing behind.
func TestWhatIsInvalidIsNotCopied(t *testing.T) {
	linked := t.TempDir()
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(linked, "README.md")))
	endless := textRows("yes").with(Texts, 2)
	endless["README.md"] = &fstest.MapFile{Data: make([]byte, maxDocument+1)}
	for name, c := range map[string]struct {
		set    fs.FS
		reason Reason
		says   string
	}{
		"a bad row":        {textRows(" ").with(Texts, 2), BadRow, `"data.jsonl": row 1`},
		"no data.json":     {fstest.MapFS{LinesFile: {}}, BadFiles, "data.json"},
		"a link":           {os.DirFS(linked), BadFiles, `"README.md": no regular file`},
		"a large document": {endless, TooLarge, "README.md"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "copy")
			_, err := Copy(dir, c.set, textsOf2)
			requireInvalid(t, err, c.reason, c.says)
			require.Empty(t, left(t, dir))
		})
	}
	_, err := Copy(filepath.Join(t.TempDir(), "copy"), os.DirFS("/nowhere"), textsOf2)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// A revision that replaces the one that is being copied gives no copy of a half of each.
func TestASubmissionThatChangesWhileItIsCopied(t *testing.T) {
	older, newer := textRows("yes").with(Texts, 2), textRows("yea").with(Texts, 2)
	older["README.md"], newer["README.md"] = &fstest.MapFile{Data: []byte("older")}, &fstest.MapFile{Data: []byte("newer")}
	replace := func(names ...string) func(f fstest.MapFS) {
		return func(f fstest.MapFS) {
			for _, name := range names {
				f[name] = newer[name]
			}
		}
	}
	for name, c := range map[string]struct {
		file   string // when this
		n      int    // is opened so often
		change func(f fstest.MapFS)
	}{
		"all before the manifest is copied": {ManifestFile, 2, replace(ManifestFile, LinesFile, "README.md")},
		"all before the rows are copied":    {LinesFile, 1, replace(ManifestFile, LinesFile, "README.md")},
		"the document alone":                {LinesFile, 1, replace("README.md")},
		"a document goes":                   {LinesFile, 1, func(f fstest.MapFS) { delete(f, "README.md") }},
		"all after the rows":                {ManifestFile, 3, replace(ManifestFile, LinesFile)},
		"all goes":                          {LinesFile, 1, func(f fstest.MapFS) { clear(f); replace(LinesFile)(f) }},
	} {
		t.Run(name, func(t *testing.T) {
			set := fstest.MapFS{}
			for name, f := range older {
				set[name] = f
			}
			dir := filepath.Join(t.TempDir(), "copy")
			changing := opened{set, map[string]int{}, func(name string, n int) {
				if name == c.file && n == c.n {
					c.change(set)
				}
			}}
			_, err := Copy(dir, changing, textsOf2)
			require.ErrorIs(t, err, ErrChanged)
			require.Empty(t, left(t, dir))
		})
	}
}

package submission

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

var (
	flowers = Schema{Kind: Values, Shape: []int{2}, Classes: []string{"setosa", "virginica"}, MaxRows: 10}
	digits  = Schema{Kind: Pictures, Shape: []int{1, 4, 4}, Classes: []string{"0", "1"}, MaxRows: 10, MaxBytes: 1 << 20}
	mails   = Schema{Kind: Texts, Classes: []string{"ham", "spam"}, MaxRows: 10}
	talks   = Schema{Kind: Conversations, MaxRows: 10}
)

// files are the files of a submission without data.json.
type files map[string]string

// with makes the submission whole; change may spoil data.json.
func (f files) with(kind Kind, rows int, change ...func(m map[string]any)) fstest.MapFS {
	sums, out := map[string]any{}, fstest.MapFS{}
	for name, text := range f {
		sum := sha256.Sum256([]byte(text))
		sums[name], out[name] = hex.EncodeToString(sum[:]), &fstest.MapFile{Data: []byte(text)}
	}
	m := map[string]any{"version": 1, "schema": kind, "rows": rows, "license": "CC0-1.0", "source": "a field", "files": sums}
	for _, c := range change {
		c(m)
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	out[ManifestFile] = &fstest.MapFile{Data: text}
	return out
}

func lines(rows ...string) files { return files{LinesFile: strings.Join(rows, "\n") + "\n"} }

func TestReadValues(t *testing.T) {
	set, err := Read(lines(`{"x": [1, 2.5], "y": "setosa"}`, `{"y": 1, "x": [-1e3, 0]}`).with(Values, 2), flowers)
	require.NoError(t, err)
	require.Equal(t, 2, set.Len())
	require.Equal(t, "CC0-1.0", set.Manifest.License)
	x := make([]float32, 2)
	label, err := set.Dataset().Sample(1, x)
	require.NoError(t, err)
	require.Equal(t, 1, label, "numbers are places where no class is named by one")
	require.Equal(t, []float32{-1000, 0}, x)
	require.Empty(t, set.Text(0))
}

func TestNumbersAreNamesWhereClassesAreNumbered(t *testing.T) {
	s := flowers
	s.Classes = []string{"7", "3"}
	set, err := Read(lines(`{"x": [1, 2], "y": 3}`, `{"x": [1, 2], "y": "7"}`).with(Values, 2), s)
	require.NoError(t, err)
	label, err := set.Dataset().Sample(0, make([]float32, 2))
	require.NoError(t, err)
	require.Equal(t, 1, label)
	_, err = Read(lines(`{"x": [1, 2], "y": 0}`).with(Values, 1), s)
	requireInvalid(t, err, BadLabel, "")
}

func TestReadTextsAndConversations(t *testing.T) {
	with := lines(`{"text": "Cheap pills", "label": "spam"}`)
	with["README.md"], with["LICENSE"] = "# Mails", "CC0"
	sub := with.with(Texts, 1, func(m map[string]any) {
		delete(m["files"].(map[string]any), "README.md")
		delete(m["files"].(map[string]any), "LICENSE")
	})
	set, err := Read(sub, mails)
	require.NoError(t, err)
	require.Equal(t, "Cheap pills", set.Text(0))

	set, err = Read(lines(
		`{"system": null, "conversations": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}`,
		`{"system": "Be brief", "conversations": [{"content": "1", "role": "user"}, {"role": "assistant", "content": "2"}, {"role": "user", "content": "3"}, {"role": "assistant", "content": "4"}]}`,
	).with(Conversations, 2), talks)
	require.NoError(t, err)
	require.Equal(t, "Hi\nHello", set.Text(0))
	require.Equal(t, dataset.Conversation{System: "Be brief", Turns: []dataset.Turn{{Role: "user", Content: "1"}, {Role: "assistant", Content: "2"}, {Role: "user", Content: "3"}, {Role: "assistant", Content: "4"}}},
		set.Dataset().(*dataset.ConversationSet).Conversation(1))
	requireRebuilt(t, set, talks)
}

func requireInvalid(t *testing.T, err error, reason Reason, says string) {
	t.Helper()
	var wrong *Invalid
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, reason, wrong.Reason, err.Error())
	require.ErrorContains(t, err, says)
}

func TestBadLines(t *testing.T) {
	talk := func(turns string) string { return `{"conversations": ` + turns + `}` }
	long := strings.Repeat("a", MaxText/2+1)
	for _, c := range []struct {
		schema Schema
		line   string
		reason Reason
		says   string
	}{
		{flowers, `{"x": [1], "y": "setosa"}`, BadRow, "1 values, want 2"},
		{flowers, `{"x": [1, 2, 3], "y": "setosa"}`, BadRow, "3 values"},
		{flowers, `{"x": [1, 1e39], "y": "setosa"}`, BadRow, "finite"},
		{flowers, `{"x": [1, NaN], "y": "setosa"}`, BadRow, "row 1"},
		{flowers, `{"x": [1, "2"], "y": "setosa"}`, BadRow, "finite"},
		{flowers, `{"x": [], "y": "setosa"}`, BadRow, ""},
		{flowers, `{"x": [1, 2]}`, BadRow, `"y" is missing`},
		{flowers, `{"x": [1, 2], "y": "setosa", "z": 1}`, BadRow, `"z"`},
		{flowers, `{"x": [1, 2], "y": "setosa", "y": "setosa"}`, BadRow, "twice"},
		{flowers, `{"x": [1, 2], "y": "Setosa"}`, BadLabel, "Setosa"},
		{flowers, `{"x": [1, 2], "y": 2}`, BadLabel, "none of the 2 classes"},
		{flowers, `{"x": [1, 2], "y": -1}`, BadLabel, ""},
		{flowers, `{"x": [1, 2], "y": 1.0}`, BadLabel, ""},
		{flowers, `{"x": [1, 2], "y": null}`, BadLabel, ""},
		{flowers, `[1, 2]`, BadRow, "object"},
		{flowers, ``, BadRow, ""},
		{flowers, `{"x": [` + strings.Repeat(" ", 17<<10) + `1, 2], "y": 0}`, TooLarge, "a line of more than 16512 bytes"},
		{mails, `{"text": "a` + "\xff" + `", "label": 0}`, BadRow, "UTF-8"},
		{mails, `{"text": "\ud800", "label": 0}`, BadRow, "text"},
		{mails, `{"text": " \t\u00a0", "label": 0}`, BadRow, "empty"},
		{mails, `{"text": ["a"], "label": 0}`, BadRow, "no string"},
		{mails, `{"text": "` + long + long + `", "label": 0}`, BadRow, "at most 65536"},
		{mails, `{"text": "` + strings.Repeat("a", 9*MaxText) + `", "label": 0}`, TooLarge, "a line of more than"},
		{mails, `{"text": "a", "label": "eggs"}`, BadLabel, "eggs"},
		{talks, talk(`[]`), BadRow, "last turn"},
		{talks, talk(`[{"role": "user", "content": "a"}]`), BadRow, "last turn"},
		{talks, talk(`[{"role": "assistant", "content": "a"}]`), BadRow, "user first"},
		{talks, talk(`[{"role": "user", "content": "a"}, {"role": "user", "content": "a"}]`), BadRow, "take turns"},
		{talks, talk(`[{"role": "user", "content": " "}, {"role": "assistant", "content": "a"}]`), BadRow, "empty"},
		{talks, talk(`[{"role": "user"}, {"role": "assistant", "content": "a"}]`), BadRow, "missing"},
		{talks, talk(`[{"role": "user", "content": "` + long + `"}, {"role": "assistant", "content": "` + long + `"}]`), BadRow, "at most 65536"},
		{talks, talk(`[` + strings.Repeat(`{"role": "user", "content": "a"}, {"role": "assistant", "content": "a"},`, 128) + `{"role": "user", "content": "a"}]`), BadRow, "more than 256"},
		{talks, talk(`{"role": "user"}`), BadRow, "no list"},
		{talks, `{"system": 1, "conversations": []}`, BadRow, "system"},
		{talks, talk(strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)), BadRow, ""},
	} {
		t.Run(fmt.Sprintf("%s %.60s", c.schema.Kind, c.line), func(t *testing.T) {
			_, err := Read(lines(c.line).with(c.schema.Kind, 1), c.schema)
			requireInvalid(t, err, c.reason, c.says)
			_, again := Read(lines(c.line).with(c.schema.Kind, 1), c.schema)
			require.Equal(t, err, again, "the same reason every time")
		})
	}
}

func TestBadFilesAndManifests(t *testing.T) {
	row := `{"x": [1, 2], "y": 0}`
	good := lines(row)
	set := func(key string, value any) func(m map[string]any) { return func(m map[string]any) { m[key] = value } }
	add := func(name string, size int) fstest.MapFS {
		f := good.with(Values, 1)
		f[name] = &fstest.MapFile{Data: make([]byte, size)}
		return f
	}
	raw := func(text string) fstest.MapFS {
		f := good.with(Values, 1)
		f[ManifestFile] = &fstest.MapFile{Data: []byte(text)}
		return f
	}
	link := good.with(Values, 1)
	link[LinesFile] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink}
	flipped := good.with(Values, 1)
	flipped[LinesFile] = &fstest.MapFile{Data: []byte(strings.Replace(row, "2", "3", 1) + "\n")}
	both := files{LinesFile: row + "\n", ArrayFile: "PK"}
	small := flowers
	small.MinRows = 2
	for name, c := range map[string]struct {
		files  fs.FS
		schema Schema
		reason Reason
		says   string
	}{
		"nothing":                {fstest.MapFS{}, flowers, BadFiles, "data.json"},
		"no rows file":           {files{}.with(Values, 1, set("files", map[string]string{LinesFile: strings.Repeat("0", 64)})), flowers, BadFiles, "missing"},
		"an extra file":          {add("evil.sh", 1), flowers, BadFiles, "evil.sh"},
		"a folder":               {add("more/data.jsonl", 1), flowers, BadFiles, "more"},
		"pictures among values":  {add("train/setosa/1.png", 1), flowers, BadFiles, "train"},
		"a link":                 {link, flowers, BadFiles, "no regular file"},
		"a large license":        {add("LICENSE", 64<<10+1), flowers, TooLarge, "LICENSE"},
		"too many bytes":         {add("LICENSE", 60<<10), Schema{Kind: Values, Shape: []int{2}, Classes: flowers.Classes, MaxBytes: 50 << 10}, TooLarge, "more than 51200 bytes"},
		"a large data.json":      {raw(strings.Repeat(" ", 64<<10+1)), flowers, TooLarge, ManifestFile},
		"both kinds of values":   {both.with(Values, 1), flowers, BadFiles, "want one of them"},
		"10^10 rows":             {good.with(Values, 1, set("rows", 10_000_000_000)), flowers, BadManifest, "rows"},
		"more rows than taken":   {good.with(Values, 1, set("rows", 11)), flowers, BadCount, "takes 1 to 10"},
		"fewer than wanted":      {good.with(Values, 1), small, BadCount, "takes 2 to"},
		"fewer than said":        {good.with(Values, 2), flowers, BadCount, "1 rows, data.json says 2"},
		"more than said":         {lines(row, row).with(Values, 1), flowers, BadCount, "more rows than the 1"},
		"another kind":           {good.with(Texts, 1), flowers, BadManifest, `"texts"`},
		"an unknown kind":        {good.with("tables", 1), flowers, BadManifest, "tables"},
		"version 2":              {good.with(Values, 1, set("version", 2)), flowers, BadManifest, "version"},
		"a bit flip":             {flipped, flowers, BadChecksum, "SHA-256"},
		"no checksum":            {good.with(Values, 1, set("files", map[string]string{"../x": strings.Repeat("0", 64)})), flowers, BadManifest, "not in files"},
		"a checksum of a path":   {good.with(Values, 1, func(m map[string]any) { m["files"].(map[string]any)["../../x"] = strings.Repeat("0", 64) }), flowers, BadFiles, "../../x"},
		"a checksum in capitals": {good.with(Values, 1, set("files", map[string]string{LinesFile: strings.Repeat("A", 64)})), flowers, BadManifest, "lower-case"},
		"a long source":          {good.with(Values, 1, set("source", strings.Repeat("a", 1025))), flowers, BadManifest, "1024"},
		"no license":             {good.with(Values, 1, func(m map[string]any) { delete(m, "license") }), flowers, BadManifest, "license"},
		"a key twice":            {raw(`{"version":1,"version":1}`), flowers, BadManifest, "twice"},
		"no JSON":                {raw("<html>"), flowers, BadManifest, "object"},
		"broken UTF-8":           {raw("{\"license\":\"\xff\"}"), flowers, BadManifest, "license"},
		"rows as 1.0":            {raw(`{"rows":1.0}`), flowers, BadManifest, "rows"},
		"rows as 01":             {raw(`{"rows":01}`), flowers, BadManifest, ""},
		"more files than rows":   {many(11).with(Pictures, 11), digits, BadCount, "more than 10 files"},
		"pictures too few":       {many(2).with(Pictures, 3), digits, BadCount, "2 pictures, data.json says 3"},
		"a picture elsewhere":    {files{"train/1.png": ""}.with(Pictures, 1), digits, BadFiles, "train/1.png"},
		"pictures deeper":        {files{"train/0/a/1.png": ""}.with(Pictures, 1), digits, BadFiles, "train/0/a"},
		"a JPEG":                 {files{"train/0/1.jpg": ""}.with(Pictures, 1), digits, BadFiles, "1.jpg"},
		"a class of its own":     {files{"train/2/1.png": png4}.with(Pictures, 1), digits, BadLabel, "none of the 2 classes"},
		"no picture":             {files{"train/0/1.png": "<html>"}.with(Pictures, 1), digits, BadPicture, ""},
		"a broken picture":       {files{"train/0/1.png": png4[:len(png4)-20]}.with(Pictures, 1), digits, BadPicture, ""},
		"2^31 pixels":            {files{"train/0/1.png": huge(1<<16, 1<<15)}.with(Pictures, 1), digits, TooLarge, "65536×32768"},
		"many large pictures":    {bombs(5).with(Pictures, 5), digits, TooLarge, "16777216 pixels in all"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(c.files, c.schema)
			requireInvalid(t, err, c.reason, c.says)
		})
	}
}

// An error of the disk is never a reason.
func TestErrorsOfTheDiskAreNoReason(t *testing.T) {
	broken := errors.New("input/output error")
	whole := lines(`{"x": [1, 2], "y": 0}`).with(Values, 1)
	for _, name := range []string{".", ManifestFile, LinesFile} {
		for _, op := range []string{"open", "read", "short"} {
			if name == "." && op != "open" {
				continue
			}
			_, err := Read(brokenFS{whole, name, op, broken}, flowers)
			require.Error(t, err, name+" "+op)
			var wrong *Invalid
			require.False(t, errors.As(err, &wrong), "%s %s: %v", name, op, err)
		}
	}
	_, err := Read(whole, Schema{Kind: "tables"})
	require.Error(t, err)
	require.NotErrorAs(t, err, new(*Invalid))
}

// brokenFS fails at one file.
type brokenFS struct {
	fs.FS
	name, op string
	err      error
}

func (b brokenFS) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	if name != b.name || err != nil {
		return f, err
	}
	if b.op == "open" {
		return nil, b.err
	}
	return brokenFile{f, b}, nil
}

type brokenFile struct {
	fs.File
	of brokenFS
}

func (b brokenFile) Read(p []byte) (int, error) {
	if b.of.op == "short" {
		return 0, errEOF
	}
	n, err := b.File.Read(p[:min(len(p), 5)])
	return n, errors.Join(err, b.of.err)
}

func many(n int) files {
	f := files{}
	for i := range n {
		f[fmt.Sprintf("train/%d/%d.png", i%2, i)] = png4
	}
	return f
}

func FuzzRead(f *testing.F) {
	f.Add(byte(0), []byte(`{"x": [1, 2], "y": 0}`), []byte(`{"version":1,"schema":"values","rows":1,"license":"","source":"","files":{"data.jsonl":""}}`))
	f.Add(byte(1), []byte(png4), []byte{})
	f.Add(byte(2), []byte(`{"text": "a\u00e9", "label": "spam"}`), []byte{})
	f.Add(byte(3), []byte(`{"conversations": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}`), []byte{})
	f.Add(byte(4), npz(f, map[string][]byte{"x.npy": npy("<f4", "(1, 2)", make([]byte, 8)), "y.npy": npy("|u1", "(1,)", []byte{1})}), []byte{})
	f.Fuzz(func(t *testing.T, kind byte, rows, manifest []byte) {
		schema, name := []Schema{flowers, digits, mails, talks, flowers}[kind%5], LinesFile
		if kind%5 == 1 {
			name = "train/1/a.png"
		} else if kind%5 == 4 {
			name = ArrayFile
		}
		n := 1 + bytes.Count(bytes.TrimSuffix(rows, []byte("\n")), []byte("\n"))
		if name != LinesFile {
			n = 1
		}
		sub := files{name: string(rows)}.with(schema.Kind, n)
		if len(manifest) > 0 {
			sub[ManifestFile] = &fstest.MapFile{Data: manifest}
		}
		set, err := Read(sub, schema)
		if err != nil {
			require.ErrorAs(t, err, new(*Invalid), "whatever the bytes are, they are the submission's")
			return
		}
		requireRebuilt(t, set, schema)
	})
}

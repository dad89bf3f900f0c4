package huggingface

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

const someCommit = "0123456789abcdef0123456789abcdef01234567"

func TestParseSource(t *testing.T) {
	for text, want := range map[string]string{
		"hf:alice/rows@" + someCommit:          "alice/rows",
		"alice/rows@" + someCommit:             "alice/rows",
		"datasets/alice/rows@" + someCommit:    "alice/rows",
		"hf:datasets/alice/rows@" + someCommit: "alice/rows",
		"hf:squad@" + someCommit:               "squad",
		"hf:a-b_c/d.e_f-1@" + someCommit:       "a-b_c/d.e_f-1",
	} {
		s, err := ParseSource(text)
		require.NoError(t, err, text)
		require.Equal(t, Source{want, someCommit}, s)
		require.Equal(t, "hf:"+want+"@"+someCommit, s.String())
	}
	for _, text := range []string{
		"", "hf:", "hf:alice/rows", "hf:alice/rows@main", "hf:alice/rows@" + someCommit[1:], "hf:alice/rows@" + strings.ToUpper(someCommit),
		"hf:alice/rows@" + someCommit + "0", "hf:@" + someCommit, "hf:/rows@" + someCommit, "hf:alice/@" + someCommit, "hf:a/b/c@" + someCommit,
		"hf:../rows@" + someCommit, "hf:alice/..@" + someCommit, "hf:alice/a..b@" + someCommit, "hf:alice/a--b@" + someCommit, "hf:alice/rows.git@" + someCommit,
		"hf:alice/a b@" + someCommit, "hf:alice/a%2f@" + someCommit, "hf:alice/a?x@" + someCommit, "hf:alice/rows@" + someCommit + "\n", "ipfs:alice/rows@" + someCommit,
		"hf:" + strings.Repeat("a", 97) + "@" + someCommit, strings.Repeat("a", 1<<20),
	} {
		_, err := ParseSource(text)
		require.ErrorIs(t, err, storage.ErrUnsupported, text)
		require.ErrorContains(t, err, "write hf:owner/name@")
		require.Less(t, len(err.Error()), 400)
	}
}

func FuzzParseSource(f *testing.F) {
	f.Add("hf:datasets/alice/rows@" + someCommit)
	f.Add("alice/rows@main")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSource(text)
		if err != nil {
			return
		}
		again, err := ParseSource(s.String())
		require.NoError(t, err)
		require.Equal(t, s, again)
		require.True(t, strings.HasSuffix(text, s.Repo+"@"+s.Revision))
	})
}

func TestParseEnv(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"": {}, "\n\n# HF_TOKEN=x\n  # y\n": {}, "\ufeffA=1": {"A": "1"},
		"HF_TOKEN=hf_x\r\nHF_ENDPOINT=https://hub.example # ours\r\n": {"HF_TOKEN": "hf_x", "HF_ENDPOINT": "https://hub.example"},
		"export A=1\n B = 2 \nC=\nD=''\n":                             {"A": "1", "B": "2", "C": "", "D": ""},
		"A=\"x y\" # z\nB='# no comment'\nC=x#y":                      {"A": "x y", "B": "# no comment", "C": "x#y"},
		"A=b=c":                                                       {"A": "b=c"},
	} {
		got, err := parseEnv(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		"A": "line 1: want NAME=value", "\n=s3cret": "line 2: want", "1A=s3cret": "want NAME", "A B=s3cret": "want NAME", "A=1\nA=s3cret": "line 2: A is set twice",
		"A=\"s3cret": "closing quote", "A='s3cret\n'": "closing quote", "A=s3cret more": "quotes around", "A='x' s3cret": "quotes around",
		"A=$s3cret": "not read", `A="s3cret\n"`: "not read", "A=`s3cret`": "not read", "A=s3'cret": "not read", "A=s3\x00cret": "control", "A=\xff": "UTF-8",
	} {
		_, err := parseEnv(text)
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "cret")
	}
}

// What is read can be written, and read again.
func FuzzParseEnv(f *testing.F) {
	f.Add("export HF_TOKEN='hf_x' # mine\nB=\"a b\"\n")
	f.Add("A=1\r\nA=2")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := parseEnv(text)
		if err != nil {
			return
		}
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(values)) {
			b.WriteString(name + "='" + values[name] + "'\n")
		}
		again, err := parseEnv(b.String())
		require.NoError(t, err)
		require.Equal(t, values, again)
	})
}

func TestFromEnvironment(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, EnvFile)
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			if i := slices.Index(pairs, name); i >= 0 {
				return pairs[i+1]
			}
			return ""
		}
	}
	read := func(getenv func(string) string) (token, endpoint string) {
		o, err := FromEnvironment(getenv, dir)
		require.NoError(t, err)
		return o.Token.Reveal(), o.Endpoint
	}
	both := func(token, endpoint string) []string { return []string{token, endpoint} }
	require.Equal(t, []string{"", ""}, both(read(env())), "no file is no error")
	require.NoError(t, os.WriteFile(path, []byte("HF_TOKEN=of-the-file\nHF_ENDPOINT=http://file.test\n"), 0o600))
	require.Equal(t, []string{"of-the-file", "http://file.test"}, both(read(env())))
	require.Equal(t, []string{"of-the-file", "http://env.test"}, both(read(env("HF_ENDPOINT", "http://env.test"))))
	require.Equal(t, []string{"of-the-env", ""}, both(read(env("HF_TOKEN", " of-the-env\n"))), "no file says where the environment's token goes")
	if runtime.GOOS != "windows" {
		require.NoError(t, os.Chmod(path, 0o644))
		_, err := FromEnvironment(env(), dir)
		require.ErrorContains(t, err, "chmod 600 "+path)
		require.NotContains(t, err.Error(), "of-the-file")
		require.NoError(t, os.WriteFile(path, []byte("HF_ENDPOINT=http://file.test\n"), 0o644))
		require.Equal(t, []string{"", "http://file.test"}, both(read(env())))
	}
	require.NoError(t, os.WriteFile(path, make([]byte, maxEnv+1), 0o600))
	_, err := FromEnvironment(env(), dir)
	require.ErrorContains(t, err, "at most 65536 bytes")
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Mkdir(path, 0o700))
	_, err = FromEnvironment(env(), dir)
	require.ErrorContains(t, err, "a directory")
}

// What is accepted of a listing survives being written, and no entry goes on as
// something that it is not.
func FuzzReadTree(f *testing.F) {
	f.Add([]byte(`[{"type":"file","oid":"x","size":3,"path":"a","lfs":{"oid":"y","size":7,"pointerSize":1}},{"type":"directory","path":"d"}]`))
	f.Add([]byte(`[{"type":"symlink"}]`))
	f.Add([]byte(`{"error":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var first, second []treeEntry
		keep := func(to *[]treeEntry) func(treeEntry) bool {
			return func(e treeEntry) bool { *to = append(*to, e); return true }
		}
		if err := readTree(strings.NewReader(string(body)), keep(&first)); err != nil {
			return
		}
		for _, e := range first {
			require.NotEmpty(t, e.Path)
			require.GreaterOrEqual(t, e.bytes(), int64(0))
			require.Contains(t, []string{"file", "directory"}, e.Type)
		}
		text, err := jsonOf(first)
		require.NoError(t, err)
		require.NoError(t, readTree(strings.NewReader(text), keep(&second)))
		require.Equal(t, first, second)
	})
}

func TestNextPage(t *testing.T) {
	for header, want := range map[string]string{
		"": "", `<https://h/x?a=1>; rel="next"`: "https://h/x?a=1", `<https://h/x>; rel=next`: "https://h/x", `<a>; rel="prev", <b>; rel="next"`: "b",
		`<a>; rel="last"`: "", `rel="next"`: "", `<a; rel="next"`: "", `<a>; title="x"; rel="next"`: "a", `<>; rel="next"`: "",
	} {
		require.Equal(t, want, nextPage(header), header)
	}
}

func jsonOf(list []treeEntry) (string, error) {
	if list == nil {
		return "[]", nil
	}
	text, err := json.Marshal(list)
	return string(text), err
}

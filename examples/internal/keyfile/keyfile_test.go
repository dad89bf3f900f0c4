package keyfile

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

const key = "[1,2,3]\n"

var pass = storage.NewSecret("correct horse")

func TestMain(m *testing.M) {
	WorkFactor = 4
	m.Run()
}

func TestRoundTrip(t *testing.T) {
	file, err := Encrypt([]byte(key), pass)
	require.NoError(t, err)
	require.True(t, Encrypted(file))
	require.NotContains(t, string(file), key)
	text, err := Decrypt(file, pass)
	require.NoError(t, err)
	require.Equal(t, key, string(text))

	again, err := Encrypt([]byte(key), pass)
	require.NoError(t, err)
	require.NotEqual(t, file, again, "the salt is new each time")
}

// binary is a file in the encoding that age -p writes without -a.
func binary(t *testing.T) []byte {
	to, err := age.NewScryptRecipient(pass.Reveal())
	require.NoError(t, err)
	to.SetWorkFactor(WorkFactor)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	require.NoError(t, err)
	_, err = w.Write([]byte(key))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestBinary(t *testing.T) {
	file := binary(t)
	require.True(t, Encrypted(file))
	text, err := Decrypt(file, pass)
	require.NoError(t, err)
	require.Equal(t, key, string(text))
}

func TestWhatIsRefused(t *testing.T) {
	file, err := Encrypt([]byte(key), pass)
	require.NoError(t, err)
	greedy := bytes.Replace(binary(t), []byte(" 4\n"), []byte(" 19\n"), 1)
	long, err := Encrypt(bytes.Repeat([]byte{'x'}, 11<<10), pass)
	require.NoError(t, err)
	_, err = Encrypt([]byte(key), storage.Secret{})
	require.ErrorContains(t, err, "empty")
	for name, c := range map[string]struct {
		file []byte
		pass storage.Secret
		want error
		text string
	}{
		"another passphrase":         {file, storage.NewSecret("correct horsf"), ErrPassphrase, ""},
		"none":                       {file, storage.Secret{}, ErrPassphrase, ""},
		"a greedy file":              {greedy, pass, ErrFile, "work factor"},
		"a file too large":           {append(long, make([]byte, MaxSize)...), pass, ErrFile, "larger than"},
		"a plain key":                {[]byte(key), pass, ErrFile, ""},
		"nothing":                    {nil, pass, ErrFile, ""},
		"a file that was cut":        {file[:len(file)-60], pass, ErrFile, ""},
		"a changed byte of the text": {swap(file), pass, ErrFile, ""},
	} {
		text, err := Decrypt(c.file, c.pass)
		require.ErrorIs(t, err, c.want, name)
		require.ErrorContains(t, err, c.text, name)
		require.Empty(t, text, name)
		require.NotContains(t, err.Error(), "horse", name)
	}
}

// swap changes a letter in the last line of the file's text.
func swap(file []byte) []byte {
	lines := strings.Split(strings.TrimSpace(string(file)), "\n")
	last := []byte(lines[len(lines)-2])
	last[3] ^= 1
	lines[len(lines)-2] = string(last)
	return []byte(strings.Join(lines, "\n") + "\n")
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "id.json.age")
	require.NoError(t, Write(path, []byte("a")))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	require.ErrorIs(t, Write(path, []byte("b")), fs.ErrExist)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "a", string(text), "no key is ever replaced")
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".keyfile-*"))
	require.NoError(t, err)
	require.Empty(t, left)
	require.Equal(t, "/a/id.json", Plain("/a/id.json.age"))
}

func FuzzDecrypt(f *testing.F) {
	file, err := Encrypt([]byte(key), pass)
	require.NoError(f, err)
	f.Add(file)
	f.Add([]byte(intro))
	f.Fuzz(func(t *testing.T, file []byte) {
		if text, err := Decrypt(file, pass); err == nil {
			require.LessOrEqual(t, len(text), MaxSize)
			require.True(t, Encrypted(bytes.TrimSpace(file)))
		}
	})
}

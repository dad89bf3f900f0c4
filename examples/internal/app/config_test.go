package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

func call(t *testing.T) (*Call, *bytes.Buffer) {
	var errs bytes.Buffer
	return &Call{App: testApp(), Home: filepath.Join(t.TempDir(), "home"), Out: &bytes.Buffer{}, Err: &errs, Env: func(string) string { return "" }}, &errs
}

func put(t *testing.T, c *Call, text string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.MkdirAll(c.Home, 0o700))
	require.NoError(t, os.WriteFile(c.path(), []byte(text), mode))
	require.NoError(t, os.Chmod(c.path(), mode))
}

func TestSettingsSurviveAndTheFileIsPrivate(t *testing.T) {
	c, _ := call(t)
	in := newSettings().(*settings)
	in.PrivateKey, in.PinataSecretKey, in.Count, in.Gateways, in.Sets = storage.NewSecret("sesame"), storage.NewSecret("open"), 9, Names{"https://g.example"}, Names{"mnist"}
	in.DatasetMirrors = Names{"https://m.example"}
	in.DatasetPaths = map[string]string{"Mnist": "/data"}
	require.NoError(t, c.Save(in))

	info, err := os.Stat(c.path())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	dir, err := os.Stat(c.Home)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), dir.Mode().Perm())
	entries, err := os.ReadDir(c.Home)
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file is left")

	out := newSettings().(*settings)
	require.NoError(t, c.Load(out))
	out.others = nil
	require.Equal(t, "sesame", out.PrivateKey.Reveal())
	require.Equal(t, "open", out.PinataSecretKey.Reveal())
	in.PrivateKey, in.PinataSecretKey = out.PrivateKey, out.PinataSecretKey // secrets compare by identity
	require.Equal(t, in, out)
}

func TestAFileOfSomebodyElsesKit(t *testing.T) {
	c, errs := call(t)
	put(t, c, `{"private_key": null, "network": "devnet", "custom_rpc": null, "count": 5, "created_rounds": {"3": "Qm"}, "sets": []}`, 0o600)
	cfg := newSettings().(*settings)
	require.NoError(t, c.Load(cfg))
	require.Equal(t, 5, cfg.Count)
	require.Equal(t, "devnet", cfg.Network)
	require.Contains(t, errs.String(), "another app's?): \"created_rounds\"\n")

	require.NoError(t, c.Save(cfg))
	data, err := os.ReadFile(c.path())
	require.NoError(t, err)
	var back map[string]any
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, map[string]any{"3": "Qm"}, back["created_rounds"], "what the app does not know is kept")
}

func TestLooseModesAreRefusedWithTheCommandThatMendsThem(t *testing.T) {
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o622, 0o601} {
		c, _ := call(t)
		put(t, c, `{}`, mode)
		err := c.Load(newSettings())
		require.ErrorContains(t, err, "chmod 600 "+c.path(), "%o", mode)
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		c, _ := call(t)
		put(t, c, `{}`, mode)
		require.NoError(t, c.Load(newSettings()), "%o", mode)
	}
}

func TestHostileSettings(t *testing.T) {
	const secret = "3SecretSecretSecretSecret"
	for name, text := range map[string]string{
		"empty":               "",
		"null":                "null",
		"a list":              "[]",
		"a text":              `"` + secret + `"`,
		"broken after a key":  `{"private_key": "` + secret + `" x}`,
		"two objects":         `{}{}`,
		"key of wrong kind":   `{"private_key": 5}`,
		"key in a list":       `{"private_key": ["` + secret + `"]}`,
		"number as text":      `{"count": "` + secret + `"}`,
		"number too large":    `{"count": 1e400}`,
		"number out of range": `{"count": 25}`,
		"negative":            `{"reward": -1}`,
		"too many decimals":   `{"reward": 0.0000000001}`,
		"huge exponent":       `{"reward": 1e999999999}`,
		"unknown network":     `{"network": "` + secret + `"}`,
		"address of no kind":  `{"custom_rpc": "file:///etc/passwd"}`,
		"gateway of no kind":  `{"gateways": ["gopher://` + secret + `"]}`,
		"program of no kind":  `{"program_id": "` + secret + `"}`,
		"sources as text":     `{"dataset_sources": "` + secret + `"}`,
		"deep":                `{"x": ` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
		"not text":            "\xff\xfe\x00",
		"redacted":            `{"pinata_jwt": "[redacted]"}`,
		"too long":            `{"x": "` + strings.Repeat("a", maxConfig) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, errs := call(t)
			put(t, c, text, 0o600)
			err := c.Load(newSettings())
			require.ErrorContains(t, err, c.path())
			require.NotContains(t, err.Error()+errs.String(), secret, "an error repeats nothing of the file")
		})
	}
}

func TestSettingsThatAreNoFile(t *testing.T) {
	c, _ := call(t)
	require.NoError(t, os.MkdirAll(c.path(), 0o700))
	require.ErrorContains(t, c.Load(newSettings()), "is a directory")
}

func TestSavingWhereOneCannot(t *testing.T) {
	c, _ := call(t)
	require.NoError(t, os.WriteFile(c.Home, []byte("a file"), 0o600))
	require.Error(t, c.Save(newSettings()))
}

func FuzzSettings(f *testing.F) {
	f.Add([]byte(`{"private_key": "x", "reward": 0.5, "sets": ["a"], "unknown": {"b": [1]}}`))
	f.Add([]byte(`{"pause": "2m", "rating": 4.5, "gateways": ["https://g"], "dataset_paths": {"mnist": "/x"}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg := newSettings()
		if decode(data, cfg) != nil {
			return
		}
		written, err := encode(cfg)
		require.NoError(t, err)
		again := newSettings()
		require.NoError(t, decode(written, again), "%s", written)
		twice, err := encode(again)
		require.NoError(t, err)
		require.Equal(t, string(written), string(twice))
	})
}

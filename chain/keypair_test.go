package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/mr-tron/base58"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

var secret = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{200}, 32))

func keyJSON(secret []byte) string {
	numbers := make([]int, len(secret))
	for i, b := range secret {
		numbers[i] = int(b)
	}
	text, _ := json.Marshal(numbers)
	return string(text)
}

func TestParseKeypair(t *testing.T) {
	want := solana.PublicKeyFromBytes(secret.Public().(ed25519.PublicKey))
	for _, text := range []string{keyJSON(secret), " " + keyJSON(secret) + "\n", base58.Encode(secret)} {
		k, err := chain.ParseKeypair(text)
		require.NoError(t, err)
		require.Equal(t, want, k.PublicKey())
		sig, err := k.Sign(t.Context(), []byte("message"))
		require.NoError(t, err)
		require.True(t, sig.Verify(want, []byte("message")))
	}
}

func TestParseKeypairRefuses(t *testing.T) {
	wrongHalf := append([]byte{}, secret...)
	wrongHalf[40]++
	for name, text := range map[string]string{
		"nothing":        "",
		"too few":        keyJSON(secret[:32]),
		"too many":       keyJSON(append(secret[:64:64], 1)),
		"over a byte":    strings.Replace(keyJSON(secret), "200", "256", 1),
		"negative":       strings.Replace(keyJSON(secret), "200", "-1", 1),
		"a fraction":     strings.Replace(keyJSON(secret), "200", "1.5", 1),
		"no JSON":        "[1,2",
		"no base58":      "0OIl",
		"short base58":   base58.Encode(secret[:32]),
		"wrong half":     keyJSON(wrongHalf),
		"endless":        "[" + strings.Repeat("1,", 100_000) + "1]",
		"seed in quotes": `["` + base58.Encode(secret) + `"]`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := chain.ParseKeypair(text)
			require.ErrorIs(t, err, chain.ErrKeypair)
			require.NotContains(t, err.Error(), "200")
		})
	}
}

func TestKeypairFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "id.json")
	k, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, k.Save(path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again, err := chain.LoadKeypair(path)
	require.NoError(t, err)
	require.Equal(t, k.PublicKey(), again.PublicKey())
	ecosystem, err := solana.PrivateKeyFromSolanaKeygenFile(path)
	require.NoError(t, err, "other tools can read it")
	require.Equal(t, k.PublicKey(), ecosystem.PublicKey())

	require.ErrorIs(t, k.Save(path), os.ErrExist, "never overwritten")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing is left behind")

	require.NoError(t, os.Chmod(path, 0o644))
	_, err = chain.LoadKeypair(path)
	require.ErrorIs(t, err, chain.ErrKeypair)
	require.ErrorContains(t, err, "chmod 600 "+path)

	_, err = chain.LoadKeypair(filepath.Join(dir, "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = chain.LoadKeypair(dir)
	require.ErrorContains(t, err, "a directory")
}

// shows are the ways to print, log, marshal or dump a value.
var shows = map[string]func(v any) string{
	"json": func(v any) string { text, err := json.Marshal(v); return fmt.Sprint(string(text), err) },
	"xml":  func(v any) string { text, err := xml.Marshal(v); return fmt.Sprint(string(text), err) },
	"gob": func(v any) string {
		var b strings.Builder
		err := gob.NewEncoder(&b).Encode(v)
		return fmt.Sprint(b.String(), err)
	},
	"slog text": func(v any) string {
		return logged(v, func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) })
	},
	"slog json": func(v any) string {
		return logged(v, func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) })
	},
	// What testify prints of values that are not equal, with methods disabled.
	"testify": func(v any) string { return unequal(v).text },
}

func logged(v any, handler func(*strings.Builder) slog.Handler) string {
	var b strings.Builder
	slog.New(handler(&b)).Info("x", "key", v)
	return b.String()
}

// unequal collects the message of a failing assertion.
func unequal(v any) *said {
	s := &said{}
	assert.Equal(s, nil, v)
	assert.Equal(s, v, []any{v, 1})
	return s
}

type said struct{ text string }

func (s *said) Errorf(format string, args ...any) { s.text += fmt.Sprintf(format, args...) }

// However a keypair is printed, and whatever it is part of, no byte of the secret
// shows.
func TestKeypairNeverShowsItsSecret(t *testing.T) {
	k, err := chain.ParseKeypair(keyJSON(secret))
	require.NoError(t, err)
	shows := maps.Clone(shows)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%b", "%o", "%c", "%U", "%p", "%t"} {
		shows[verb] = func(v any) string { return fmt.Sprintf(verb, v) }
	}
	type embedded struct{ chain.Keypair }
	type unexported struct {
		key  chain.Keypair
		keys []*chain.Keypair
	}
	for name, v := range map[string]any{
		"pointer": k, "value": *k, "embedded": embedded{*k}, "pointer to embedded": &embedded{*k},
		"slice": []chain.Keypair{*k}, "slice of pointers": []*chain.Keypair{k}, "array": [1]chain.Keypair{*k},
		"map": map[string]chain.Keypair{"k": *k}, "pointer in map": map[string]any{"k": k}, "key of map": map[chain.Keypair]int{*k: 1},
		"pointer to pointer": &k, "config": chain.Config{Signer: k}, "pointer to config": &chain.Config{Signer: k},
		"interface": []any{*k, chain.Signer(k)}, "unexported": unexported{*k, []*chain.Keypair{k}},
		"pointer to unexported": &unexported{*k, []*chain.Keypair{k}}, "error": fmt.Errorf("with %v", *k),
	} {
		for how, show := range shows {
			text := show(v)
			for _, hidden := range []string{"200 200", "200,200", "200, 200", "c8c8", "C8C8", "c8 c8", "0xc8, ", "c8 c8", base58.Encode(secret),
				base64.StdEncoding.EncodeToString(secret)[:20], "310 310", "11001000 11001000", "ÈÈ", "U+00C8", "\xc8\xc8", `\xc8\xc8`} {
				require.NotContains(t, text, hidden, "%s as %s", name, how)
			}
		}
	}
	address := k.PublicKey().String()
	for _, v := range []any{k, *k, embedded{*k}, []chain.Keypair{*k}, map[string]chain.Keypair{"k": *k}, chain.Config{Signer: k}} {
		require.Contains(t, fmt.Sprintf("%+v", v), address)
	}
	for _, v := range []any{k, *k, embedded{*k}, []chain.Keypair{*k}, map[chain.Keypair]int{*k: 1}} {
		require.Contains(t, shows["json"](v), address)
	}
	require.Contains(t, shows["slog text"](*k), address)
	require.Contains(t, shows["slog json"](*k), address)
}

// A keypair that has no key is safe to use, print and log.
func TestKeypairWithoutAKey(t *testing.T) {
	for name, k := range map[string]*chain.Keypair{"nil": nil, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			require.True(t, k.PublicKey().IsZero())
			_, err := k.Sign(t.Context(), nil)
			require.ErrorIs(t, err, chain.ErrKeypair)
			require.ErrorIs(t, k.Save(filepath.Join(t.TempDir(), "k")), chain.ErrKeypair)
			for how, show := range shows {
				if how != "gob" || k != nil { // gob itself panics at nil pointers
					require.NotPanics(t, func() { show(k) }, how)
				}
			}
		})
	}
	require.Equal(t, "Keypair(none)", chain.Keypair{}.String())
}

func FuzzParseKeypair(f *testing.F) {
	f.Add(keyJSON(secret))
	f.Add(base58.Encode(secret))
	f.Fuzz(func(t *testing.T, text string) {
		k, err := chain.ParseKeypair(text)
		if err != nil {
			require.ErrorIs(t, err, chain.ErrKeypair)
			return
		}
		path := filepath.Join(t.TempDir(), "k")
		require.NoError(t, k.Save(path))
		again, err := chain.LoadKeypair(path)
		require.NoError(t, err)
		require.Equal(t, k.PublicKey(), again.PublicKey())
	})
}

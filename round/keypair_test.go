package round_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/mr-tron/base58"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
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
		k, err := round.ParseKeypair(text)
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
			_, err := round.ParseKeypair(text)
			require.ErrorIs(t, err, round.ErrKeypair)
			require.NotContains(t, err.Error(), "200")
		})
	}
}

func TestKeypairFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "id.json")
	k, err := round.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, k.Save(path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again, err := round.LoadKeypair(path)
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
	_, err = round.LoadKeypair(path)
	require.ErrorIs(t, err, round.ErrKeypair)
	require.ErrorContains(t, err, "chmod 600 "+path)

	_, err = round.LoadKeypair(filepath.Join(dir, "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = round.LoadKeypair(dir)
	require.ErrorContains(t, err, "is not a file")
}

// However a keypair is shown, and whatever it is part of: no byte of the secret.
func TestKeypairNeverShowsItsSecret(t *testing.T) {
	k, err := round.ParseKeypair(keyJSON(secret))
	require.NoError(t, err)
	config := round.Config{Signer: k}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o", "%c", "%U"} {
		fmt.Fprintf(&out, verb+"\n", k)
		fmt.Fprintf(&out, verb+"\n", config)
		fmt.Fprintf(&out, verb+"\n", []any{k, &config, map[string]any{"k": k}})
	}
	for _, v := range []any{k, config.Signer, map[string]any{"key": k}} {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(text)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "key", k)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", k)
	for _, hidden := range []string{"200 200", "200,200", "c8c8", "C8C8", "0xc8", base58.Encode(secret), "310 310", "11001000 11001000", "ÈÈ", "U+00C8"} {
		require.NotContains(t, out.String(), hidden)
	}
	require.Contains(t, out.String(), k.PublicKey().String())
}

func FuzzParseKeypair(f *testing.F) {
	f.Add(keyJSON(secret))
	f.Add(base58.Encode(secret))
	f.Fuzz(func(t *testing.T, text string) {
		k, err := round.ParseKeypair(text)
		if err != nil {
			require.ErrorIs(t, err, round.ErrKeypair)
			return
		}
		path := filepath.Join(t.TempDir(), "k")
		require.NoError(t, k.Save(path))
		again, err := round.LoadKeypair(path)
		require.NoError(t, err)
		require.Equal(t, k.PublicKey(), again.PublicKey())
	})
}

package packagefmt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func holdoutOf(n int) Holdout {
	h := Holdout{Embeddings: safetensors.Tensor{Shape: []int{n, 2}, Data: make([]float32, 2*n)}, Labels: make([]int, n)}
	for i := range n {
		h.Embeddings.Data[2*i], h.Labels[i] = float32(i), i%2
	}
	return h
}

// sealable is a package of two features and two classes.
func sealable() *Package {
	head := Network{
		Layers:  []Layer{{Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": 2.0}}},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": {Shape: []int{2, 2}, Data: []float32{1, 0, 0, 1}}, "layers.0.bias": {Shape: []int{2}, Data: []float32{0, 0}}},
	}
	return &Package{Config: Config{Version: Version3, Metadata: Metadata{EmbeddingDim: 2, NumSamples: 1}}, Head: head,
		Embeddings: safetensors.Tensor{Shape: []int{1, 2}, Data: []float32{1, 2}}}
}

func TestHoldoutOpensWithItsKeyAlone(t *testing.T) {
	p, want := sealable(), holdoutOf(5)
	key, err := NewHoldoutKey()
	require.NoError(t, err)
	require.NoError(t, p.SealHoldout(want, key))
	files, err := p.FS()
	require.NoError(t, err)
	read, err := Read(files)
	require.NoError(t, err)
	require.Equal(t, p.Holdout, read.Holdout)
	got, err := read.OpenHoldout(key)
	require.NoError(t, err)
	require.Equal(t, want, got)

	other, err := NewHoldoutKey()
	require.NoError(t, err)
	require.NotEqual(t, key.Hash(), other.Hash())
	_, err = read.OpenHoldout(other)
	require.ErrorIs(t, err, ErrInvalid)
	_, err = sealable().OpenHoldout(key)
	require.ErrorContains(t, err, "the package has none")

	size, err := DecodedBytes(files)
	require.NoError(t, err)
	require.GreaterOrEqual(t, size, 4*int64(len(p.Holdout)), "it is counted before it is opened")
}

// Who seals writes what age's command line reads with the key, and the other way round.
func TestHoldoutKeyIsAnAgeIdentity(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	for range 200 {
		key, err := NewHoldoutKey()
		require.NoError(t, err)
		parsed, err := age.ParseX25519Identity(key.Identity())
		require.NoError(t, err)
		require.Equal(t, key.Identity(), parsed.String())
	}
	require.Len(t, HoldoutKey{}.Identity(), len(identity.String()))
}

func TestHoldoutKeyIsNotPrinted(t *testing.T) {
	key := HoldoutKey{1, 2, 3}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		require.Equal(t, "packagefmt.HoldoutKey(secret)", fmt.Sprintf(verb, key), verb)
	}
	_, err := json.Marshal(key)
	require.ErrorContains(t, err, "secret")
}

// encrypted seals anything for some keys.
func encrypted(t *testing.T, content []byte, to ...age.Recipient) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to...)
	require.NoError(t, err)
	_, err = w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func tensorsFile(t *testing.T, tensors map[string]safetensors.Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, safetensors.Write(&b, tensors))
	return b.Bytes()
}

// What is sealed is a stranger's: whatever it is, opening it fails alike for everybody.
func TestHoldoutsThatAreNoTests(t *testing.T) {
	key := HoldoutKey{7}
	identity, err := age.ParseX25519Identity(key.Identity())
	require.NoError(t, err)
	stranger, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	word, err := age.NewScryptRecipient("password")
	require.NoError(t, err)
	word.SetWorkFactor(2)
	good := map[string]safetensors.Tensor{"embeddings": holdoutOf(2).Embeddings, "labels": {Shape: []int{2}, Data: []float32{0, 1}}}
	seal := func(change func(m map[string]safetensors.Tensor)) []byte {
		m := maps.Clone(good)
		change(m)
		return encrypted(t, tensorsFile(t, m), identity.Recipient())
	}
	labels := func(data ...float32) func(map[string]safetensors.Tensor) {
		return func(m map[string]safetensors.Tensor) {
			m["labels"] = safetensors.Tensor{Shape: []int{len(data)}, Data: data}
		}
	}
	whole := encrypted(t, tensorsFile(t, good), identity.Recipient())
	for name, c := range map[string]struct {
		sealed []byte
		says   string
	}{
		"no age file":        {[]byte("junk"), "header"},
		"an endless header":  {bytes.Replace(whole, []byte("\n--- "), append(bytes.Repeat([]byte{'A'}, 1<<20), "\n--- "...), 1), "within 1024 bytes"},
		"cut off":            {whole[:len(whole)-3], "decrypt"},
		"a changed byte":     {append(bytes.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1), "decrypt"},
		"for two":            {encrypted(t, tensorsFile(t, good), identity.Recipient(), stranger.Recipient()), "2 stanzas"},
		"for somebody else":  {encrypted(t, tensorsFile(t, good), stranger.Recipient()), "no identity matched"},
		"for a password":     {encrypted(t, tensorsFile(t, good), word), "stanzas"},
		"no safetensors":     {encrypted(t, []byte("junk"), identity.Recipient()), "safetensors"},
		"nothing":            {encrypted(t, nil, identity.Recipient()), "safetensors"},
		"a claimed gigabyte": {encrypted(t, []byte{0, 0, 0, 64, 0, 0, 0, 0}, identity.Recipient()), "safetensors"},
		"no labels":          {seal(func(m map[string]safetensors.Tensor) { delete(m, "labels") }), "want the tensors"},
		"a third tensor":     {seal(func(m map[string]safetensors.Tensor) { m["more"] = good["labels"] }), "want the tensors"},
		"fewer labels":       {seal(labels(1)), "with 1 labels"},
		"half a label":       {seal(labels(0, 0.5)), "label 0.5"},
		"a negative label":   {seal(labels(0, -1)), "label -1"},
		"a third class":      {seal(labels(0, 2)), "label 2, the head answers with 0 to 1"},
		"an endless class":   {seal(labels(0, 3e38)), "label 3e+38"},
		"other features": {seal(func(m map[string]safetensors.Tensor) {
			m["embeddings"] = safetensors.Tensor{Shape: []int{2, 3}, Data: make([]float32, 6)}
		}), "[2 3]"},
		"no samples": {seal(func(m map[string]safetensors.Tensor) {
			m["embeddings"], m["labels"] = safetensors.Tensor{Shape: []int{0, 2}}, safetensors.Tensor{Shape: []int{0}}
		}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := sealable()
			p.Holdout = c.sealed
			_, err := p.OpenHoldout(key)
			require.ErrorIs(t, err, ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
	p := sealable()
	p.Holdout = whole
	_, err = p.OpenHoldout(key)
	require.NoError(t, err)
}

func TestSealRefusesWhatDoesNotFit(t *testing.T) {
	bad := holdoutOf(3)
	bad.Embeddings.Data[1] = float32(math.NaN())
	require.ErrorIs(t, sealable().SealHoldout(bad, HoldoutKey{1}), ErrInvalid)
	bad = holdoutOf(3)
	bad.Labels[0] = 2
	require.ErrorIs(t, sealable().SealHoldout(bad, HoldoutKey{1}), ErrInvalid)
	require.ErrorIs(t, sealable().SealHoldout(holdoutOf(MaxSamples+1), HoldoutKey{1}), ErrInvalid)
}

// A package of version 2 that names a sealed test is invalid, since a reader of version 2 knows none; one whose bytes
// changed is, too.
func TestHoldoutFileIsChecked(t *testing.T) {
	p := sealable()
	require.NoError(t, p.SealHoldout(holdoutOf(2), HoldoutKey{1}))
	p.Config.Version = Version1
	files, err := p.FS()
	require.NoError(t, err)
	read, err := Read(files)
	require.NoError(t, err)
	require.Equal(t, Version3, read.Config.Version)
	m := memFS{}
	for _, name := range []string{ConfigFile, HeadFile, EmbeddingsFile, HoldoutFile} {
		f, err := files.Open(name)
		require.NoError(t, err)
		m[name], err = io.ReadAll(f)
		require.NoError(t, err)
	}
	m[HoldoutFile] = append(m[HoldoutFile], 0)
	_, err = Read(m)
	require.ErrorIs(t, err, ErrInvalid)
	delete(m, HoldoutFile)
	_, err = Read(m)
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// Of a package with a task the sealed test is of samples, since its encoder is adapted too.
func TestHoldoutOfADataRoundIsOfSamples(t *testing.T) {
	p, err := buildTask(t, mnistTask())
	require.NoError(t, err)
	key := HoldoutKey{7}
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	twenty := make([]int, 20)
	for i := range twenty {
		twenty[i] = i
	}
	some, err := dataset.Subset(sets.Train, twenty)
	require.NoError(t, err)
	want, err := p.HoldoutOf(t.Context(), some)
	require.NoError(t, err)
	x, y := want.Samples, want.Labels
	require.NoError(t, p.SealHoldout(want, key))
	got, err := p.OpenHoldout(key)
	require.NoError(t, err)
	require.Equal(t, want, got)

	few, err := dataset.Subset(sets.Train, []int{0, 1, 2})
	require.NoError(t, err)
	embeddings, _, err := p.Embed(t.Context(), few)
	require.NoError(t, err)
	require.ErrorIs(t, p.SealHoldout(Holdout{Embeddings: embeddings, Labels: y[:3]}, key), ErrInvalid)
	flat := safetensors.Tensor{Shape: []int{20, 784}, Data: x.Data}
	require.ErrorContains(t, p.SealHoldout(Holdout{Samples: flat, Labels: y}, key), "with the shape [1 28 28] behind")
	require.ErrorIs(t, p.SealHoldout(Holdout{Samples: x, Labels: y[:19]}, key), ErrInvalid)
	y[0] = 10
	require.ErrorContains(t, p.SealHoldout(want, key), "label 10")
	p.Config.Task = nil
	_, err = p.OpenHoldout(key)
	require.ErrorIs(t, err, ErrInvalid)
}

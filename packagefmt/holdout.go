package packagefmt

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Names of the tensors in an opened HoldoutFile.
const (
	holdoutEmbeddings = "embeddings"
	holdoutSamples    = "samples" // of a package with a task
	holdoutLabels     = "labels"
)

// MaxHoldout bounds HoldoutFile, in bytes: 512 MiB.
const MaxHoldout = 512 << 20

// maxHoldoutHeader bounds the age header of HoldoutFile, in bytes.
const maxHoldoutHeader = 1 << 10

// HoldoutKey opens a sealed test: it is the secret scalar of an age X25519 identity. Keep it
// until submissions have closed, and reveal it then.
type HoldoutKey [32]byte

// NewHoldoutKey draws a key.
func NewHoldoutKey() (k HoldoutKey, err error) {
	_, err = rand.Read(k[:])
	return k, err
}

// Hash is what a round says of its key before it is revealed: sha256 of the 32 bytes.
func (k HoldoutKey) Hash() [32]byte { return sha256.Sum256(k[:]) }

// Identity is the key as age's command line takes it, AGE-SECRET-KEY-1…: a secret.
func (k HoldoutKey) Identity() string { return encodeBech32(k[:]) }

// String hides the key.
func (k HoldoutKey) String() string { return "packagefmt.HoldoutKey(secret)" }

// Format hides the key, whatever the verb.
func (k HoldoutKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText refuses: a key that is written down by accident is revealed.
func (k HoldoutKey) MarshalText() ([]byte, error) {
	return nil, errors.New("packagefmt: a HoldoutKey is secret: write its bytes on purpose, to a file that only you can read")
}

// Holdout is a test that nobody but the creator knows while a round takes submissions.
type Holdout struct {
	Embeddings safetensors.Tensor // [n, dim], as the package's own; not of a package with a task
	// Samples is [n, shape…], as [Package.Samples] reads them, of a package with a task: the encoder is adapted too.
	Samples safetensors.Tensor
	Labels  []int // [n], classes; of conversations [n, tokens], as Samples gives them
}

// HoldoutOf reads a set as a test to seal in the package: its first [MaxSamples] samples, of a package with a task
// as the encoder takes them, else their embeddings.
func (p *Package) HoldoutOf(ctx context.Context, ds dataset.Dataset) (h Holdout, err error) {
	if p.Config.Task != nil {
		h.Samples, h.Labels, err = p.Samples(ctx, ds, MaxSamples)
	} else {
		h.Embeddings, h.Labels, err = p.Embed(ctx, ds)
	}
	return h, err
}

// holdoutTensor is what the test is made of, and its name.
func (p *Package) holdoutTensor(h *Holdout) (name string, t *safetensors.Tensor) {
	if p.Config.Task != nil {
		return holdoutSamples, &h.Samples
	}
	return holdoutEmbeddings, &h.Embeddings
}

// SealHoldout seals a test into the package, for the key. Two calls give different bytes.
func (p *Package) SealHoldout(h Holdout, k HoldoutKey) error {
	if err := p.checkHoldout(h); err != nil {
		return err
	}
	labels := safetensors.Tensor{Shape: p.labelShape(len(h.Labels)), Data: make([]float32, len(h.Labels))}
	for i, l := range h.Labels {
		labels.Data[i] = float32(l)
	}
	identity, err := age.ParseX25519Identity(k.Identity())
	if err != nil {
		return fmt.Errorf("packagefmt: holdout key: %w", err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, identity.Recipient())
	if err != nil {
		return err
	}
	name, of := p.holdoutTensor(&h)
	err = safetensors.Write(w, map[string]safetensors.Tensor{name: *of, holdoutLabels: labels})
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("%s: %w", HoldoutFile, err)
	}
	p.Holdout = sealed.Bytes()
	return nil
}

// OpenHoldout opens the package's sealed test. An error, which wraps ErrInvalid, means that
// the key is another's, or that what was sealed is no test of this package: for
// everybody alike.
func (p *Package) OpenHoldout(k HoldoutKey) (Holdout, error) {
	h, err := p.openHoldout(k)
	if err != nil {
		return Holdout{}, fmt.Errorf("%w: %s: %w", ErrInvalid, HoldoutFile, err)
	}
	return h, nil
}

func (p *Package) openHoldout(k HoldoutKey) (h Holdout, err error) {
	if len(p.Holdout) == 0 {
		return h, errors.New("the package has none")
	}
	identity, err := age.ParseX25519Identity(k.Identity())
	if err != nil {
		return h, err
	}
	// One stanza takes 200 bytes. Headers are read whole, in several times their size of memory.
	if head := p.Holdout[:min(len(p.Holdout), maxHoldoutHeader)]; !bytes.Contains(head, []byte("\n--- ")) {
		return h, fmt.Errorf("its header does not end within %d bytes: want one stanza, for an X25519 key", maxHoldoutHeader)
	}
	r, err := age.Decrypt(bytes.NewReader(p.Holdout), only{identity})
	if err != nil {
		return h, err
	}
	// What was encrypted is shorter than the file: no more is read, whatever its header says.
	plain := bytes.NewBuffer(make([]byte, 0, len(p.Holdout)+bytes.MinRead))
	if _, err := plain.ReadFrom(io.LimitReader(r, int64(len(p.Holdout)))); err != nil {
		return h, err
	}
	tensors, err := safetensors.Read(bytes.NewReader(plain.Bytes()), int64(plain.Len()))
	if err != nil {
		return h, err
	}
	name, of := p.holdoutTensor(&h)
	labels, ok := tensors[holdoutLabels]
	if want := p.labelShape(len(labels.Data)); !ok || len(tensors) != 2 || !slices.Equal(labels.Shape, want) {
		return h, fmt.Errorf("want the tensors %q [n, …] and %q with the shape %v", name, holdoutLabels, want)
	}
	*of, h.Labels = tensors[name], make([]int, len(labels.Data))
	for i, v := range labels.Data {
		if none := p.talks() && v == dataset.NoLabel; !none && (!(v >= 0 && v < maxClasses) || v != float32(int(v))) {
			return h, fmt.Errorf("sample %d has label %v", i, v)
		}
		h.Labels[i] = int(v)
	}
	return h, p.checkHoldout(h)
}

// labelShape is the shape of so many labels: one for each sample, or for each of its tokens.
func (p *Package) labelShape(labels int) []int {
	if p.talks() && p.Config.Preprocessing != nil {
		tokens := p.Config.Preprocessing.features()
		return []int{labels / tokens, tokens}
	}
	return []int{labels}
}

// checkHoldout fails unless the test fits the package's head.
func (p *Package) checkHoldout(h Holdout) error {
	net, err := p.Head.net()
	if err != nil {
		return err
	}
	name, of := p.holdoutTensor(&h)
	dim := p.Embeddings.Shape
	want := dim[min(1, len(dim)):]
	if p.Config.Task != nil && p.Config.Preprocessing != nil {
		want = p.Config.Preprocessing.Shape
	}
	n := p.labelShape(len(h.Labels))[0]
	if n < 1 || n > MaxSamples || len(dim) != 2 || !slices.Equal(of.Shape, append([]int{n}, want...)) {
		return fmt.Errorf("%w: a sealed test of %s %v with %d labels: want [n, …] with the shape %v behind, and n labels, 1 to %d, of conversations one for each token", ErrInvalid, name, of.Shape, len(h.Labels), want, MaxSamples)
	}
	if err := of.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	out, err := net.OutputShape(dim[1:])
	if err != nil || len(out) != len(p.labelShape(0)) {
		return fmt.Errorf("%w: the head takes no embeddings of shape %v", ErrInvalid, dim)
	}
	classes, labelled := out[len(out)-1], false
	for i, l := range h.Labels {
		if p.talks() && l == dataset.NoLabel {
			continue
		}
		if labelled = true; l < 0 || l >= classes {
			return fmt.Errorf("%w: sample %d has label %d, the head answers with 0 to %d", ErrInvalid, i*n/len(h.Labels), l, classes-1)
		}
	}
	if !labelled {
		return fmt.Errorf("%w: a sealed test without labels", ErrInvalid)
	}
	return nil
}

// only is an identity for files that are for nobody else: their header has one stanza.
type only struct{ *age.X25519Identity }

// Unwrap is of [age.Identity].
func (o only) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if len(stanzas) != 1 || stanzas[0].Type != "X25519" {
		return nil, fmt.Errorf("%d stanzas: want one, for an X25519 key", len(stanzas))
	}
	return o.X25519Identity.Unwrap(stanzas)
}

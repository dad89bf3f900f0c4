package packagefmt

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// WriteGradient writes a gradient package (despite its name, the whole trained
// head) into the new directory dir: all of it or nothing. base is the package
// that the head was trained from; the head must have the same layers.
func WriteGradient(dir string, head Network, base *Package, options ...GradientOption) error {
	weights, config, err := gradientParts(head, base, options)
	if err != nil {
		return err
	}
	return writeParts(dir, []part{weights}, config)
}

// GradientFS returns the files that WriteGradient writes, held in memory.
func GradientFS(head Network, base *Package, options ...GradientOption) (fs.FS, error) {
	return gradientFiles(head, base, options...)
}

func gradientFiles(head Network, base *Package, options ...GradientOption) (memFS, error) {
	weights, config, err := gradientParts(head, base, options)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := weights.write(&b); err != nil {
		return nil, err
	}
	files := memFS{weights.name: b.Bytes()}
	return files, addConfig(files, config)
}

// gradientParts are the weights, to be written, and what config.json says.
func gradientParts(head Network, base *Package, options []GradientOption) (part, Config, error) {
	if err := SameNetwork(head, base.Head); err != nil {
		return part{}, Config{}, err
	}
	if err := head.Check(); err != nil {
		return part{}, Config{}, fmt.Errorf("%s: %w", HeadFile, err)
	}
	config := Config{
		Version: base.gradientVersion(), Layers: head.Layers, Inputs: head.Inputs, Tied: head.Tied, Metadata: base.Config.Metadata, Seed: base.Config.Seed,
	}
	for _, set := range options {
		set(&config)
	}
	return tensorsOf(HeadFile, head.Weights), config, config.Owner.check()
}

// ReadGradient reads a gradient package and verifies it against base, the
// package of its round: it must have the layers of the base's head, weights
// that fit them, and no other files. A file larger than such a head can be is
// not read. The "files" of its config.json are not compared: the CID binds the
// bytes already, and the public kits copy the base's config.json, whose
// checksums are those of the base's head.
//
// ErrInvalid (or ErrUnsupported) means that the submission scores 0, for every
// validator. Any other error comes from fsys and says nothing about the
// submission.
func ReadGradient(fsys fs.FS, base *Package) (Network, error) {
	head, _, err := readGradient(fsys, base)
	return head, err
}

func readGradient(fsys fs.FS, base *Package) (Network, *Owner, error) {
	r := &reader{fsys: fsys, limits: Limits{Weights: headLimit(base.Head)}}
	if err := r.list(); err != nil {
		return Network{}, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(r.has)) {
		if name != ConfigFile && name != HeadFile {
			return Network{}, nil, fmt.Errorf("%w: %.80q does not belong in a gradient package, which holds only %s and %s", ErrInvalid, name, ConfigFile, HeadFile)
		}
	}
	config, err := r.config()
	if err != nil {
		return Network{}, nil, err
	}
	r.sums = nil
	if err := SameNetwork(config.head(), base.Head); err != nil {
		return Network{}, nil, fmt.Errorf("%s: %w", ConfigFile, err)
	}
	head := base.Head.With(nil)
	r.weights(HeadFile, &head)
	if len(r.problems) > 0 {
		return Network{}, nil, r.problems[0]
	}
	if err := head.Check(); err != nil {
		return Network{}, nil, fmt.Errorf("%s: %w", HeadFile, err)
	}
	return head, config.Owner, nil
}

// GradientLimit is the largest total size, in bytes, of a valid gradient
// package for this package. Every reader gets the same number: a larger
// submission is invalid and need not be fetched.
func (p *Package) GradientLimit() int64 { return MaxConfig + headLimit(p.Head) }

// headLimit is the largest size, in bytes, of a file of weights for a head's
// layers: all float64, and the longest header.
func headLimit(head Network) int64 {
	var values int64
	for _, l := range head.Layers {
		shapes, err := nn.ParamShapes(nn.Spec(l))
		if err != nil {
			continue // no weights fit such a layer
		}
		for _, shape := range shapes {
			n := int64(1)
			for _, d := range shape {
				n *= int64(d)
			}
			values += n
		}
	}
	return 8*values + safetensors.MaxHeader + 8
}

// gradientVersion is the version of this package's gradient packages: 3 only where the
// head needs it.
func (p *Package) gradientVersion() int {
	if p.Head.Inputs != nil {
		return Version3
	}
	return Version2
}

// SameNetwork compares a submission's layers, and the values that they take, with its
// base's; see [SameLayers]. The weights are not compared.
func SameNetwork(got, want Network) error {
	if err := SameLayers(got.Layers, want.Layers); err != nil {
		return err
	}
	if !maps.Equal(got.Tied, want.Tied) {
		return fmt.Errorf("%w: other weights are tied than in the base: %.200s, not %.200s", ErrInvalid, fmt.Sprint(got.Tied), fmt.Sprint(want.Tied))
	}
	a, b := nn.Nodes(got.Layers, got.Inputs, nil), nn.Nodes(want.Layers, want.Inputs, nil)
	for i := range a {
		if !slices.Equal(a[i].Inputs, b[i].Inputs) {
			return fmt.Errorf("%w: layer %d takes the values %v, in the base %v", ErrInvalid, i, a[i].Inputs, b[i].Inputs)
		}
	}
	return nil
}

// SameLayers compares a submission's layers with its base's. Arguments are
// compared by their values, whether defaults are written out or not. It fails
// with ErrInvalid at the first layer that differs or is unknown.
func SameLayers(got, want []Layer) error {
	if len(got) != len(want) {
		return fmt.Errorf("%w: %d layers, the base has %d", ErrInvalid, len(got), len(want))
	}
	for i := range got {
		same, err := nn.SameSpec(nn.Spec(got[i]), nn.Spec(want[i]))
		if err != nil {
			return fmt.Errorf("%w: layer %d: %w", ErrInvalid, i, err)
		}
		if !same {
			return fmt.Errorf("%w: layer %d is %.200s, the base has %.200s", ErrInvalid, i, fmt.Sprint(got[i]), fmt.Sprint(want[i]))
		}
	}
	return nil
}

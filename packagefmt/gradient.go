package packagefmt

import (
	"fmt"
	"io/fs"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// WriteGradient writes a gradient package (the whole trained head, in spite of
// its name) into the new directory dir, complete or not at all. base is the
// package that the head was trained from; its layers must be the head's.
func WriteGradient(dir string, head Network, base *Package) error {
	files, err := gradientFiles(head, base)
	if err != nil {
		return err
	}
	return writeDir(dir, files)
}

// GradientFS returns the files that WriteGradient writes, held in memory.
func GradientFS(head Network, base *Package) (fs.FS, error) { return gradientFiles(head, base) }

func gradientFiles(head Network, base *Package) (memFS, error) {
	if err := SameLayers(head.Layers, base.Head.Layers); err != nil {
		return nil, err
	}
	if err := head.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", HeadFile, err)
	}
	files := memFS{}
	if err := files.addTensors(HeadFile, head.Weights); err != nil {
		return nil, err
	}
	return files, files.addConfig(Config{
		Version: Version2, Layers: head.Layers, Metadata: base.Config.Metadata, Seed: base.Config.Seed,
	})
}

// ReadGradient reads and verifies a gradient package against the package that
// its round is about: its layers must be the base head's, and its weights fit
// them. A file that is larger than such a head can be is not read. ErrInvalid
// (or ErrUnsupported) means that the submission scores 0.
func ReadGradient(fsys fs.FS, base *Package, limits ...Limits) (Network, error) {
	r := &reader{fsys: fsys, limits: Limits{Weights: headLimit(base.Head)}}
	if len(limits) > 0 {
		r.limits.Weights = orDefault(limits[0].Weights, r.limits.Weights)
	}
	config, err := r.config()
	if err != nil {
		return Network{}, err
	}
	if err := SameLayers(config.Layers, base.Head.Layers); err != nil {
		return Network{}, fmt.Errorf("%s: %w", ConfigFile, err)
	}
	head := Network{Layers: base.Head.Layers}
	r.weights(HeadFile, &head)
	if len(r.problems) > 0 {
		return Network{}, r.problems[0]
	}
	if err := head.Check(); err != nil {
		return Network{}, fmt.Errorf("%s: %w", HeadFile, err)
	}
	return head, nil
}

// headLimit is the most bytes that a head of the base's shape can take: its
// values as float64, and a header.
func headLimit(head Network) int64 {
	values := 0
	for _, w := range head.Weights {
		values += len(w.Data)
	}
	return 8*int64(values) + safetensors.MaxHeader + 8
}

// SameLayers compares a submission's layers with its base's, by what their
// arguments come to: a default may be written out. It fails with ErrInvalid at
// the first that differs, or is unknown.
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
			return fmt.Errorf("%w: layer %d is %s%v, the base has %s%v", ErrInvalid, i, got[i].Type, got[i].Params, want[i].Type, want[i].Params)
		}
	}
	return nil
}

package packagefmt

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

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
// its round is about: its layers must be the base head's, its weights fit them,
// and it must hold nothing else. A file that is larger than such a head can be is
// not read.
//
// ErrInvalid (or ErrUnsupported) means that the submission scores 0, at
// everybody. Any other error is of fsys and says nothing about the submission.
func ReadGradient(fsys fs.FS, base *Package) (Network, error) {
	r := &reader{fsys: fsys, limits: Limits{Weights: headLimit(base.Head)}}
	if err := r.list(); err != nil {
		return Network{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(r.has)) {
		if name != ConfigFile && name != HeadFile {
			return Network{}, fmt.Errorf("%w: %.80q is no file of a gradient package", ErrInvalid, name)
		}
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

// GradientLimit is the most bytes that all files of a gradient package of this
// package can have, and the same for everybody who reads it: a submission that
// has more is invalid, and need not be fetched.
func (p *Package) GradientLimit() int64 { return MaxConfig + headLimit(p.Head) }

// headLimit is the most bytes that weights for a head's layers can take: as
// float64, with a header.
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
			return fmt.Errorf("%w: layer %d is %.200s, the base has %.200s", ErrInvalid, i, fmt.Sprint(got[i]), fmt.Sprint(want[i]))
		}
	}
	return nil
}

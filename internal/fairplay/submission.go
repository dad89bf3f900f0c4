package fairplay

import (
	"bytes"
	"errors"
	"io/fs"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/round"
)

// A submission is what a trainer hands in.
type submission struct {
	trainer string   // the wallet that submits
	content *content // the package; nil if nobody can fetch it
	some    bool     // every second validator only can fetch it
}

// content is a published package, and what validators found out about it.
type content struct {
	files fs.FS
	head  packagefmt.Network  // that it was made of
	found map[string]*finding // by who submits it
}

// owner is who a package says it is of.
func owner(trainer string) packagefmt.Owner {
	return packagefmt.Owner{Program: round.LocalProgram.String(), Trainer: address(trainer).String()}
}

// packed names a head that a trainer has packed: the same one is not packed twice.
type packed struct {
	trainer string
	head    *float32
}

// pack is a submission of a head by its owner. One that our own writer refuses (NaN) is written behind its back.
func (l *Lab) pack(trainer string, head packagefmt.Network) (submission, error) {
	key := packed{trainer, &head.Weights[inBias].Data[0]}
	if c, ok := l.packs[key]; ok {
		return submission{trainer: trainer, content: c}, nil
	}
	files, err := packagefmt.GradientFS(head, l.pkg, packagefmt.OwnedBy(owner(trainer)))
	if errors.Is(err, packagefmt.ErrInvalid) {
		files, err = l.forced(trainer, head)
	}
	l.packs[key] = &content{files, head, map[string]*finding{}}
	return submission{trainer: trainer, content: l.packs[key]}, err
}

func (l *Lab) forced(trainer string, head packagefmt.Network) (fs.FS, error) {
	valid, err := packagefmt.GradientFS(l.pkg.Head, l.pkg, packagefmt.OwnedBy(owner(trainer)))
	if err != nil {
		return nil, err
	}
	files, err := memfs.Read(valid, l.pkg.GradientLimit())
	if err != nil {
		return nil, err
	}
	raw := map[string]safetensors.Raw{}
	for name, t := range head.Weights {
		raw[name] = safetensors.Raw{DType: "F32", Shape: t.Shape, Data: floats(t.Data)}
	}
	var b bytes.Buffer
	err = safetensors.WriteRaw(&b, raw)
	files[packagefmt.HeadFile] = b.Bytes()
	return files, err
}

// unnamed is a package that does not say whose it is.
func (l *Lab) unnamed(head packagefmt.Network) (submission, error) {
	files, err := packagefmt.GradientFS(head, l.pkg)
	return submission{content: &content{files, head, map[string]*finding{}}}, err
}

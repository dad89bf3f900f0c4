package packagefmt

import (
	"fmt"
)

// check reports what does not fit together between the package's parts.
func (p *Package) check() (problems []error) {
	add := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf(format, args...))
	}
	e := p.Embeddings
	if err := e.Check(); err != nil {
		add("%s: %w: %w", EmbeddingsFile, ErrInvalid, err)
		return problems
	}
	if len(e.Shape) != 2 || e.Shape[0] < 1 || e.Shape[0] > MaxSamples || e.Shape[1] < 1 {
		add("%s: %w: shape %v, want [samples, features] with 1 to %d samples", EmbeddingsFile, ErrInvalid, e.Shape, MaxSamples)
		return problems
	}
	samples, dim := e.Shape[0], e.Shape[1]
	if m := p.Config.Metadata; (m.EmbeddingDim != 0 && m.EmbeddingDim != dim) || (m.NumSamples != 0 && m.NumSamples != samples) {
		add("%s: %w: metadata says %d samples of %d features, but %s holds %d of %d",
			ConfigFile, ErrInvalid, m.NumSamples, m.EmbeddingDim, EmbeddingsFile, samples, dim)
	}
	if p.Config.Owner != nil {
		add("%s: %w: it names a trainer's submission (program, round, trainer), which only a gradient package may", ConfigFile, ErrInvalid)
	}
	p.checkHead(dim, add)
	p.checkEncoder(dim, add)
	p.checkTokenizer(add)
	if err := p.checkTask(); err != nil {
		add("%s: %w", ConfigFile, err)
	}
	return problems
}

func (p *Package) checkHead(dim int, add func(string, ...any)) {
	head, err := p.Head.net()
	if err != nil {
		add("%s: %w", HeadFile, err)
		return
	}
	out, err := head.OutputShape([]int{dim})
	if err == nil {
		_, err = checkCost(head, []int{dim}, p.headCost())
	}
	if err != nil {
		add("%s: %w: the head cannot take %d features: %w", ConfigFile, ErrInvalid, dim, err)
		return
	}
	if p.talks() {
		if len(out) != 2 || out[0] != dim || out[1] < 2 || out[1] > maxClasses {
			add("%s: %w: the model's output has shape %v, want [%d, tokens]: for each of the context a score of every token", ConfigFile, ErrInvalid, out, dim)
		}
		return
	}
	if len(out) != 1 || out[0] < 2 {
		add("%s: %w: the head's output has shape %v, want [classes]", ConfigFile, ErrInvalid, out)
		return
	}
	if err := p.checkClasses(out[0]); err != nil {
		add("%s: %w", ConfigFile, err)
	}
}

func (p *Package) checkEncoder(dim int, add func(string, ...any)) {
	if pre := p.Config.Preprocessing; pre != nil {
		if err := pre.Check(); err != nil {
			add("%s: %w", ConfigFile, err)
			return
		}
	}
	if p.Encoder == nil {
		return
	}
	enc, err := p.encoder()
	if err != nil {
		add("%s: %w", p.encoderFile(), err)
		return
	}
	if enc.dim != dim {
		add("%s: %w: the encoder computes %d features, but %s holds %d", p.encoderFile(), ErrInvalid, enc.dim, EmbeddingsFile, dim)
	}
}

// encoderFile is the file that holds the encoder's network.
func (p *Package) encoderFile() string {
	if p.Encoder.ONNX != nil {
		return EncoderONNXFile
	}
	return EncoderFile
}

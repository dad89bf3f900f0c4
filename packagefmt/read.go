package packagefmt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/regular"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Limits bound the sizes of a package's files, in bytes.
type Limits struct {
	// Weights bounds each of head.safetensors, encoder.safetensors and encoder.onnx.
	// Default: 512 MiB.
	Weights int64
	// Embeddings bounds embeddings.safetensors. Default: 512 MiB.
	Embeddings int64
}

var defaultLimits = Limits{Weights: 512 << 20, Embeddings: 512 << 20}

// Read reads a package and verifies it: sizes before memory is allocated, the
// checksums (from version 2 on), that the weights fit the layers (in either
// numbering), and that the encoder's output and the embeddings have the shape
// of the head's input. The error names every file that is wrong.
//
// An error that wraps ErrInvalid or ErrUnsupported is about the content:
// reading the same package again gives the same error. Any other error comes
// from fsys (a missing block, too many open files) and says nothing about the
// package.
//
// The contents of fsys need not be trusted; limits bound the sizes of the files
// (at most one Limits may be given; the default is 512 MiB each).
func Read(fsys fs.FS, limits ...Limits) (*Package, error) {
	p, problems := inspect(fsys, limits)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return p, nil
}

// Verify returns everything that is wrong with a package, one error for each
// problem; none if Read would accept it. As with Read, an error that wraps
// neither ErrInvalid nor ErrUnsupported comes from fsys.
func Verify(fsys fs.FS, limits ...Limits) []error {
	_, problems := inspect(fsys, limits)
	return problems
}

func inspect(fsys fs.FS, limits []Limits) (*Package, []error) {
	r := &reader{fsys: fsys, limits: defaultLimits}
	if len(limits) > 0 {
		r.limits.Weights = orDefault(limits[0].Weights, r.limits.Weights)
		r.limits.Embeddings = orDefault(limits[0].Embeddings, r.limits.Embeddings)
	}
	if err := r.list(); err != nil {
		return nil, []error{err}
	}
	config, err := r.config()
	if err != nil {
		return nil, []error{err}
	}
	p := &Package{Config: config, Head: config.head()}
	r.weights(HeadFile, &p.Head)
	r.embeddings(&p.Embeddings)
	r.encoder(p)
	r.tokenizer(p)
	r.holdout(p)
	r.unknownSums()
	if len(r.problems) == 0 {
		r.problems = p.check()
	}
	return p, r.problems
}

func orDefault(v, def int64) int64 {
	if v > 0 {
		return v
	}
	return def
}

// reader collects problems, so that Verify can name them all.
type reader struct {
	fsys     fs.FS
	limits   Limits
	has      map[string]bool   // what the directory holds
	sums     map[string]string // from config.json; nil in version 1
	problems []error
}

// problem records an error about a file. It makes it an ErrInvalid unless it is
// an ioError or already says what kind it is.
func (r *reader) problem(name string, err error) {
	var fault *ioError
	if !errors.As(err, &fault) && !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrUnsupported) {
		err = fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	r.problems = append(r.problems, fmt.Errorf("%s: %w", name, err))
}

// list reads the directory: a file that it does not list is missing from the
// package, whereas a listed file that cannot be opened is the file system's
// fault.
func (r *reader) list() error {
	info, err := fs.Stat(r.fsys, ".")
	if err != nil {
		return fmt.Errorf("package directory: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%w: a file, not a directory", ErrInvalid)
	}
	entries, err := fs.ReadDir(r.fsys, ".")
	if err != nil {
		return fmt.Errorf("package directory: %w", err)
	}
	r.has = make(map[string]bool, len(entries))
	for _, e := range entries {
		r.has[e.Name()] = true
	}
	return nil
}

func (r *reader) config() (Config, error) {
	var c Config
	err := r.open(ConfigFile, MaxConfig, func(f io.Reader, size int64) error {
		b, err := readAll(f, size)
		if err == nil {
			c, err = ParseConfig(b)
		}
		return err
	})
	if err != nil {
		r.problem(ConfigFile, err)
		return c, r.problems[0]
	}
	if c.Version >= Version2 {
		r.sums = c.Files
		if r.sums == nil {
			r.sums = map[string]string{}
		}
	}
	return c, nil
}

// open calls read with a file of at most limit bytes, then compares its
// checksum. A wrong checksum explains any other error and is returned in its
// place; an error of the file system explains even that.
func (r *reader) open(name string, limit int64, read func(f io.Reader, size int64) error) error {
	if !r.has[name] {
		return fmt.Errorf("%w: %w", ErrInvalid, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist})
	}
	f, info, err := regular.OpenFS(r.fsys, name)
	if errors.Is(err, regular.ErrKind) {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err != nil {
		return &ioError{err}
	}
	defer f.Close()
	if info.Size() > limit {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrInvalid, info.Size(), limit)
	}
	source := &source{file: f, left: info.Size()}
	h := sha256.New()
	in := io.TeeReader(source, h)
	err = read(in, info.Size())
	if name != ConfigFile && r.sums != nil {
		if sumErr := r.compare(name, in, h); sumErr != nil {
			err = sumErr
		}
	}
	if source.err != nil {
		return &ioError{source.err}
	}
	return err
}

func (r *reader) compare(name string, rest io.Reader, h hash.Hash) error {
	if _, err := io.Copy(io.Discard, rest); err != nil {
		return err
	}
	want, ok := r.sums[name]
	if !ok {
		return fmt.Errorf(`%w: its checksum is missing from "files" in %s`, ErrInvalid, ConfigFile)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%w: its SHA-256 is %s, but %s says %.80q; fetch the package again", ErrInvalid, got, ConfigFile, want)
	}
	return nil
}

func readAll(f io.Reader, size int64) ([]byte, error) {
	b := make([]byte, size)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	return b, nil
}

// weights reads and renumbers a network's weights.
func (r *reader) weights(name string, n *Network) {
	err := r.open(name, r.limits.Weights, func(f io.Reader, size int64) error {
		tensors, err := safetensors.Read(f, size)
		if err != nil {
			return err
		}
		if n.Inputs != nil { // of a graph every node is counted
			n.Weights = tensors
			return nil
		}
		n.Weights, err = renumber(n.Layers, tensors)
		return err
	})
	if err != nil {
		r.problem(name, err)
	}
}

func (r *reader) embeddings(out *safetensors.Tensor) {
	err := r.open(EmbeddingsFile, r.limits.Embeddings, func(f io.Reader, size int64) error {
		tensors, err := safetensors.Read(f, size)
		if err != nil {
			return err
		}
		t, ok := tensors[embeddingsName]
		if !ok || len(tensors) != 1 {
			return fmt.Errorf("%w: want one tensor, named %q; the file holds %d", ErrInvalid, embeddingsName, len(tensors))
		}
		*out = t
		return nil
	})
	if err != nil {
		r.problem(EmbeddingsFile, err)
	}
}

// encoder reads the encoder's two files. A package has both or neither.
func (r *reader) encoder(p *Package) {
	exists := func(name string) bool {
		_, named := r.sums[name]
		return r.has[name] || named
	}
	if p.Config.Version == Version3 && exists(EncoderONNXFile) {
		if exists(EncoderFile) || exists(EncoderWeightsFile) {
			r.problem(EncoderONNXFile, fmt.Errorf("%w: beside %s or %s: a package has one encoder", ErrInvalid, EncoderFile, EncoderWeightsFile))
			return
		}
		p.Encoder = r.onnx()
		return
	}
	if p.Config.Version < Version2 || (!exists(EncoderFile) && !exists(EncoderWeightsFile)) {
		return
	}
	enc := &Network{}
	err := r.open(EncoderFile, MaxConfig, func(f io.Reader, size int64) error {
		b, err := readAll(f, size)
		if err == nil {
			*enc, err = parseEncoder(b, p.Config.Version)
		}
		return err
	})
	if err != nil {
		r.problem(EncoderFile, err)
		return
	}
	r.weights(EncoderWeightsFile, enc)
	p.Encoder = enc
}

// onnx reads an encoder that is an ONNX file.
func (r *reader) onnx() *Network {
	var m Model
	err := r.open(EncoderONNXFile, r.limits.Weights, func(f io.Reader, size int64) error {
		b, err := readAll(f, size)
		if err == nil {
			m, err = readOwnONNX(b)
		}
		return err
	})
	if err != nil {
		r.problem(EncoderONNXFile, err)
		return nil
	}
	return &m.Network
}

// holdout reads the sealed test, which nobody but the creator can open yet.
func (r *reader) holdout(p *Package) {
	_, named := r.sums[HoldoutFile]
	if p.Config.Version < Version3 || !r.has[HoldoutFile] && !named {
		return
	}
	err := r.open(HoldoutFile, MaxHoldout, func(f io.Reader, size int64) (err error) {
		p.Holdout, err = readAll(f, size)
		return err
	})
	if err != nil {
		r.problem(HoldoutFile, err)
	}
}

// unknownSums reports checksums of files that do not belong in a package.
func (r *reader) unknownSums() {
	for name := range r.sums {
		if name == ConfigFile || !slices.Contains(Files(), name) {
			r.problem(ConfigFile, fmt.Errorf(`%w: "files" names %.80q, which does not belong in a package`, ErrInvalid, name))
		}
	}
}

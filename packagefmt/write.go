package packagefmt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Names of the files of a package.
const (
	ConfigFile         = "config.json"
	HeadFile           = "head.safetensors"
	EmbeddingsFile     = "embeddings.safetensors"
	EncoderFile        = "encoder.json"
	EncoderWeightsFile = "encoder.safetensors"
	EncoderONNXFile    = "encoder.onnx" // instead of these two
	TokenizerFile      = "tokenizer.json"
	HoldoutFile        = "holdout.age"
)

// Files returns the names of all files that a package or a gradient package can
// have: those to request from a source that cannot list a directory.
func Files() []string {
	return []string{ConfigFile, HeadFile, EmbeddingsFile, EncoderFile, EncoderWeightsFile, EncoderONNXFile, TokenizerFile, HoldoutFile}
}

// embeddingsName is the name of the only tensor in EmbeddingsFile.
const embeddingsName = "embeddings"

// Write writes the package into the new directory dir: all of it or nothing. If
// dir exists already, the error wraps fs.ErrExist.
func (p *Package) Write(dir string) error {
	parts, config, err := p.parts()
	if err != nil {
		return err
	}
	return writeParts(dir, parts, config)
}

// writeParts writes files, one after the other, so that none is held in memory, and config.json.
func writeParts(dir string, parts []part, config Config) error {
	return writeDir(dir, func(temp string) error {
		sums := map[string]string{}
		for _, part := range parts {
			h := sha256.New()
			if err := writeFile(filepath.Join(temp, part.name), func(w io.Writer) error { return part.write(io.MultiWriter(w, h)) }); err != nil {
				return err
			}
			sums[part.name] = hex.EncodeToString(h.Sum(nil))
		}
		b, err := configFile(config, sums)
		if err != nil {
			return err
		}
		return writeFile(filepath.Join(temp, ConfigFile), bytesOf(b))
	})
}

// Replace writes the package in place of the one in dir, which stays as it is
// if the new one cannot be written. If dir holds no package the error wraps
// fs.ErrNotExist, and if it holds anything besides, fs.ErrExist, so that nothing
// else is deleted by mistake.
func (p *Package) Replace(dir string) error {
	dir = filepath.Clean(dir)
	if err := onlyPackage(dir); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".tmp-")
	if err != nil {
		return err
	}
	fresh, old := filepath.Join(temp, "new"), filepath.Join(temp, "old")
	err = p.Write(fresh)
	if err == nil {
		err = os.Rename(dir, old)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	if err := os.Rename(fresh, dir); err != nil {
		if os.Rename(old, dir) != nil {
			return fmt.Errorf("%w; the old package is now in %s", err, old)
		}
		return errors.Join(err, os.RemoveAll(temp))
	}
	return os.RemoveAll(temp)
}

// onlyPackage reports whether a directory holds the files of a package, and none
// that replacing it would delete. Many other directories have a config.json.
func onlyPackage(dir string) error {
	for _, name := range []string{ConfigFile, HeadFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%s does not hold a package to replace: %w", dir, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !slices.Contains(Files(), e.Name()) {
			return fmt.Errorf("%s holds %s, which is no file of a package and would be deleted: move it elsewhere: %w", dir, e.Name(), fs.ErrExist)
		}
	}
	return nil
}

// memFS holds the files of a package before they are written.
type memFS = memfs.FS

// part is a file of a package that is being written.
type part struct {
	name  string
	write func(w io.Writer) error
}

// bytesOf writes bytes.
func bytesOf(b []byte) func(w io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// tensorsOf writes tensors.
func tensorsOf(name string, tensors map[string]safetensors.Tensor) part {
	return part{name, func(w io.Writer) error {
		if err := safetensors.Write(w, tensors); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrInvalid, name, err)
		}
		return nil
	}}
}

// parts are the package's files, each made when it is written, and what config.json says
// beside their checksums.
func (p *Package) parts() ([]part, Config, error) {
	config := p.Config
	if err := errors.Join(p.check()...); err != nil {
		return nil, config, err
	}
	config.Layers, config.Inputs, config.Tied, config.Files = p.Head.Layers, p.Head.Inputs, p.Head.Tied, nil
	config.Version = max(config.Version, p.leastVersion())
	parts := []part{tensorsOf(HeadFile, p.Head.Weights), tensorsOf(EmbeddingsFile, map[string]safetensors.Tensor{embeddingsName: p.Embeddings})}
	switch {
	case p.Encoder == nil:
	case p.Encoder.ONNX != nil:
		net, err := p.Encoder.ONNX.specialize(p.Config.Preprocessing.Shape)
		if err != nil {
			return nil, config, fmt.Errorf("%s: %w", EncoderONNXFile, err)
		}
		parts = append(parts, part{EncoderONNXFile, net.Write})
	default:
		file, err := p.Encoder.file()
		if err != nil {
			return nil, config, fmt.Errorf("%s: %w", EncoderFile, err)
		}
		b, err := jsonFile(file)
		if err != nil {
			return nil, config, fmt.Errorf("%s: %w", EncoderFile, err)
		}
		parts = append(parts, part{EncoderFile, bytesOf(b)}, tensorsOf(EncoderWeightsFile, p.Encoder.Weights))
	}
	if p.Tokenizer != nil {
		parts = append(parts, part{TokenizerFile, bytesOf(p.Tokenizer)})
	}
	if p.Holdout != nil {
		parts = append(parts, part{HoldoutFile, bytesOf(p.Holdout)})
	}
	return parts, config, nil
}

// leastVersion is the first version that has a place for what the package holds.
func (p *Package) leastVersion() int {
	switch {
	case p.Head.Inputs != nil || p.Holdout != nil || p.Config.Task != nil || p.Encoder != nil && (p.Encoder.ONNX != nil || p.Encoder.Inputs != nil):
		return Version3
	case p.Encoder != nil:
		return Version2
	}
	return Version1
}

// addConfig adds config.json, with the checksums of the files that m already holds.
func addConfig(m memFS, c Config) error {
	sums := map[string]string{}
	for name, b := range m {
		sum := sha256.Sum256(b)
		sums[name] = hex.EncodeToString(sum[:])
	}
	b, err := configFile(c, sums)
	if err != nil {
		return err
	}
	m[ConfigFile] = b
	return nil
}

// configFile encodes config.json, which has the checksums of the other files from version 2
// on.
func configFile(c Config, sums map[string]string) ([]byte, error) {
	if c.Version >= Version2 {
		c.Files = sums
	}
	b, err := jsonFile(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ConfigFile, err)
	}
	if len(b) > MaxConfig {
		return nil, fmt.Errorf("%w: %s would have %d bytes, at most %d", ErrInvalid, ConfigFile, len(b), MaxConfig)
	}
	return b, nil
}

// writeDir has fill write files into a temporary directory beside dir, then renames it. All of
// it has reached the disk when it returns.
func writeDir(dir string, fill func(temp string) error) (err error) {
	dir = filepath.Clean(dir)
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("package directory %s: %w; choose a new one", dir, fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".tmp-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(temp)
		}
	}()
	if err := os.Chmod(temp, 0o755); err != nil { // packages are public
		return err
	}
	if err := fill(temp); err != nil {
		return err
	}
	atomicfile.SyncDir(temp)
	if err := os.Rename(temp, dir); err != nil {
		return err
	}
	atomicfile.SyncDir(filepath.Dir(dir))
	return nil
}

func writeFile(path string, write func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Sync(), f.Close())
}

package member

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/update"
)

// maxLocal bounds what was made by this process.
const maxLocal = 1 << 40

// writeFiles writes files to a tar at path, which reaches the disk whole or not at all.
// before, if not nil, is done just before it appears.
func writeFiles(path string, files memfs.FS, before func() error) error {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name]))})
		if err == nil {
			_, err = t.Write(files[name])
		}
		if err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return replaceFile(path, b.Bytes(), before)
}

// readFiles reads what writeFiles wrote.
func readFiles(path string) (memfs.FS, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	files := memfs.FS{}
	for t := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err == nil && (h.Typeflag != tar.TypeReg || h.Size > int64(len(b))) {
			err = fmt.Errorf("%q is no file that was written here", h.Name)
		}
		if err == nil {
			files[h.Name], err = io.ReadAll(t)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w: remove it if somebody has changed it", path, err)
		}
	}
}

// temporary ends the name of a file that is being written.
const temporary = ".tmp"

// writeFile writes a file that reaches the disk whole or not at all.
func writeFile(path string, b []byte) error { return replaceFile(path, b, nil) }

func replaceFile(path string, b []byte, before func() error) error {
	temp := path + temporary
	err := writeSynced(temp, b)
	if err == nil && before != nil {
		err = before()
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	return os.Rename(temp, path)
}

// writeSynced writes a file, and returns once it is on disk.
func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// readSecret reads the secret of this member in this run, or makes it.
func readSecret(dir string) (secret [32]byte, err error) {
	path := filepath.Join(dir, "secret")
	b, err := os.ReadFile(path)
	switch {
	case err == nil && len(b) == len(secret):
		return [32]byte(b), nil
	case err == nil:
		return secret, fmt.Errorf("%s: %d bytes instead of %d", path, len(b), len(secret))
	case !errors.Is(err, fs.ErrNotExist):
		return secret, err
	}
	if _, err := rand.Read(secret[:]); err != nil {
		return secret, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return secret, err
	}
	return secret, writeFile(path, secret[:])
}

func (s *state) residualFile() string { return filepath.Join(s.dir, "residual.safetensors") }

// readResidual reads what earlier encodings left out; nil where that does not fit
// the model any more.
func readResidual(path string, model packagefmt.Network) update.Change {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	left, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil
	}
	if _, err := update.Diff(packagefmt.Network{Weights: left}, model); err != nil {
		return nil
	}
	return left
}

func writeResidual(path string, left update.Change) error {
	if left == nil {
		return nil
	}
	var b bytes.Buffer
	if err := safetensors.Write(&b, left); err != nil {
		return err
	}
	return writeFile(path, b.Bytes())
}

// vote is a ballot as it was committed to.
type vote struct {
	Ballot run.Ballot
	Salt   [32]byte
}

// What a round leaves in the directory of the run: the member's update, and its ballot.
// The next model is in the store.

func (s *state) updateFile(round uint32) string {
	return filepath.Join(s.dir, fmt.Sprintf("update-%d.tar", round))
}

func (s *state) voteFile(round uint32) string {
	return filepath.Join(s.dir, fmt.Sprintf("vote-%d.json", round))
}

func readVote(path string) (v vote, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(b, &v)
}

func writeVote(path string, v vote) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeFile(path, b)
}

// forget removes what rounds before the one before this left in the directory, those too
// that went on while this process was down, and lets the store drop models that were replaced.
func (w *Worker) forget(s *state) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if round, ok := roundOf(e.Name()); ok && uint64(round)+2 <= uint64(s.Run.Round) {
			err = errors.Join(err, w.forgetFile(s, filepath.Join(s.dir, e.Name())))
		}
	}
	return err
}

// roundOf is the round of a file that updateFile or voteFile names, half written or not.
func roundOf(name string) (round uint32, ok bool) {
	for _, of := range []string{"update-%d.tar", "vote-%d.json"} {
		_, err := fmt.Sscanf(name, of, &round)
		if written := fmt.Sprintf(of, round); err == nil && (name == written || name == written+temporary) {
			return round, true
		}
	}
	return 0, false
}

func (w *Worker) forgetFile(s *state, path string) error {
	if v, err := readVote(path); err == nil {
		if v.Ballot.Digest == s.Run.Model {
			return nil // until the model is replaced
		}
		if err := w.cfg.Store.Unpin(CID(v.Ballot.Digest)); err != nil {
			return err
		}
	}
	return os.RemoveAll(path)
}

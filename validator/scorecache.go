package validator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// maxCached is how many scores a cache keeps; the oldest go.
const maxCached = 4096

// cachedSuffix is what its files end in.
const cachedSuffix = ".score"

// scoreCache keeps what submissions taught, each in a file of its own that is there whole or
// not at all. An unchanged submission costs nothing in the next epoch.
type scoreCache struct {
	dir    string                      // empty: they are kept in memory
	memory *worker.Memo[string, Score] // nil: nothing is
	of     [32]byte
}

// judgeVersion is raised where a later judge scores the same submission otherwise.
const judgeVersion = "2"

// newScoreCache opens the cache for one package and test: with others the same submission
// teaches something else. labels are the test's, which may be the sealed one.
func newScoreCache(cfg DataConfig, labels []int, sealed bool) (*scoreCache, error) {
	dir, memory := cfg.Cache, cfg.memory
	if dir == "" && memory == nil {
		return &scoreCache{}, nil
	}
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("cache of scores: %w", err)
		}
	}
	files, err := cfg.Package.FS()
	if err != nil {
		return nil, err
	}
	config, err := fs.ReadFile(files, packagefmt.ConfigFile) // with the checksums of all other files
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write([]byte(judgeVersion))
	h.Write(config)
	if sealed {
		h.Write(cfg.Holdout[:])
	}
	_ = json.NewEncoder(h).Encode(labels)
	return &scoreCache{dir, memory, [32]byte(h.Sum(nil))}, nil
}

func (c *scoreCache) key(cid string) string {
	sum := sha256.Sum256(append(c.of[:], cid...))
	return hex.EncodeToString(sum[:])
}

func (c *scoreCache) path(cid string) string { return filepath.Join(c.dir, c.key(cid)+cachedSuffix) }

// get returns a score that was kept. What cannot be read counts as not kept.
func (c *scoreCache) get(cid string) (s Score, ok bool) {
	if c.dir == "" && c.memory != nil {
		return c.memory.Get(c.key(cid))
	}
	if c.dir == "" {
		return s, false
	}
	b, err := os.ReadFile(c.path(cid))
	if err != nil || json.Unmarshal(b, &s) != nil || s.Accuracy > 10_000 {
		return Score{}, false
	}
	return s, true
}

// put keeps a score, and drops the oldest ones where there are too many.
func (c *scoreCache) put(cid string, s Score) error {
	if c.dir == "" {
		if c.memory != nil {
			c.memory.Put(c.key(cid), s)
		}
		return nil
	}
	if err := c.trim(); err != nil {
		return fmt.Errorf("cache of scores: %w", err)
	}
	err := atomicfile.Write(c.path(cid), func(w io.Writer) error { return json.NewEncoder(w).Encode(s) })
	if err != nil {
		return fmt.Errorf("cache of scores: %w", err)
	}
	return nil
}

// trim makes room for one more.
func (c *scoreCache) trim() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil || len(entries) < maxCached {
		return err
	}
	var list []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasSuffix(e.Name(), cachedSuffix) {
			list = append(list, info)
		}
	}
	slices.SortFunc(list, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range list[:max(0, len(list)-maxCached+1)] {
		if err := os.Remove(filepath.Join(c.dir, info.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

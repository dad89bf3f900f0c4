// Package lowrank knows which matrices of a network can have low-rank adapters (LoRA), by the
// names that PEFT gives them, and makes adapters of a configuration and weights. Package nn
// computes them; packagefmt/lora has their files.
package lowrank

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// ErrConfig is wrapped by errors about a configuration that is out of range or does not fit
// the network.
var ErrConfig = errors.New("adapter configuration")

// Config says which matrices W of a network become W + scale·B·A, and how. Its words are
// PEFT's LoraConfig's.
type Config struct {
	// Rank is r, the rows of A and columns of B, from 1 to MaxRank.
	Rank int
	// Alpha is α: the scale is α/r. It must not be 0.
	Alpha float64
	// RSLoRA makes the scale α/√r (Kalajdzievski: "A Rank Stabilization Scaling Factor for
	// Fine-Tuning with LoRA", 2023).
	RSLoRA bool
	// Dropout is the probability with which an input of A is dropped in training, 0 to
	// below 1. Embeddings drop nothing.
	Dropout float64
	// Targets name the matrices: each is a path, what paths begin with up to a point
	// ("2.self_attn": all its projections), or what they end with behind one ("q_proj": of
	// all layers).
	Targets []string
	// RankPattern and AlphaPattern replace Rank and Alpha for the paths that match a key, a
	// regular expression for the end of a path behind a point, or that are one. nil for none.
	RankPattern  map[string]int
	AlphaPattern map[string]float64
}

// Bounds of a configuration, far above what anybody trains.
const (
	MaxRank    = 1 << 12
	maxEntries = 1 << 13 // targets
	maxKeys    = 1 << 10 // of a pattern
	maxName    = 1 << 9  // bytes of one
)

// Check returns an error ([ErrConfig]) about the first setting that is out of range.
func (c Config) Check() error {
	if err := checkNumbers("", c.Rank, c.Alpha); err != nil {
		return err
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) {
		return fmt.Errorf("%w: dropout %v: want 0 to below 1", ErrConfig, c.Dropout)
	}
	if err := checkNames("targets", c.Targets, maxEntries); err != nil {
		return err
	}
	if len(c.Targets) == 0 {
		return fmt.Errorf("%w: no targets: name the layers that get adapters", ErrConfig)
	}
	for key, rank := range c.RankPattern {
		if err := checkNumbers(" of "+key, rank, 1); err != nil {
			return err
		}
	}
	for key, alpha := range c.AlphaPattern {
		if err := checkNumbers(" of "+key, 1, alpha); err != nil {
			return err
		}
	}
	if err := checkPattern("rank_pattern", slices.Collect(maps.Keys(c.RankPattern))); err != nil {
		return err
	}
	return checkPattern("alpha_pattern", slices.Collect(maps.Keys(c.AlphaPattern)))
}

func checkNumbers(of string, rank int, alpha float64) error {
	if rank < 1 || rank > MaxRank {
		return fmt.Errorf("%w: rank%.100s %d: want 1 to %d", ErrConfig, of, rank, MaxRank)
	}
	if alpha == 0 || math.IsNaN(alpha) || math.Abs(alpha) > 1e6 {
		return fmt.Errorf("%w: alpha%.100s %v: want a number other than 0, at most 1e6", ErrConfig, of, alpha)
	}
	return nil
}

func checkNames(what string, names []string, most int) error {
	if len(names) > most {
		return fmt.Errorf("%w: %d %s: at most %d", ErrConfig, len(names), what, most)
	}
	for _, name := range names {
		if name == "" || len(name) > maxName {
			return fmt.Errorf("%w: %s: a name of %d bytes: want 1 to %d", ErrConfig, what, len(name), maxName)
		}
	}
	return nil
}

func checkPattern(what string, keys []string) error {
	if err := checkNames(what, keys, maxKeys); err != nil {
		return err
	}
	for _, key := range keys {
		if _, err := ending(key); err != nil {
			return fmt.Errorf("%w: %s: %.100q: %w", ErrConfig, what, key, err)
		}
	}
	return nil
}

// ending is the expression of paths that end with the key.
func ending(key string) (*regexp.Regexp, error) { return regexp.Compile(`^(?:.*\.)(?:` + key + `)$`) }

// matches reports whether a target that is no path names a path.
func matches(target, path string) bool {
	return strings.HasPrefix(path, target+".") || strings.HasSuffix(path, "."+target)
}

// pattern is a map of values by keys, read: those of whole paths, and those of endings.
type pattern[V int | float64] struct {
	general V
	exact   map[string]V
	endings []endingValue[V] // in the order of their keys
}

type endingValue[V int | float64] struct {
	key   string
	path  *regexp.Regexp
	value V
}

func newPattern[V int | float64](m map[string]V, general V) (pattern[V], error) {
	p := pattern[V]{general: general, exact: m}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		e, err := ending(key)
		if err != nil {
			return p, fmt.Errorf("%w: %.100q: %w", ErrConfig, key, err)
		}
		p.endings = append(p.endings, endingValue[V]{key, e, m[key]})
	}
	return p, nil
}

// of is the value for a path. Two keys that match and disagree are an error: PEFT takes the one that is
// written first, and a map has no order.
func (p pattern[V]) of(path string) (V, error) {
	if v, ok := p.exact[path]; ok {
		return v, nil
	}
	found, value := "", p.general
	for _, e := range p.endings {
		if !e.path.MatchString(path) {
			continue
		}
		if found != "" && e.value != value {
			return value, fmt.Errorf("%w: %.100q and %.100q both match %s and disagree", ErrConfig, found, e.key, path)
		}
		found, value = e.key, e.value
	}
	return value, nil
}

// scale is what B·A is multiplied with.
func (c Config) scale(alpha float64, rank int) float64 {
	if c.RSLoRA {
		return alpha / math.Sqrt(float64(rank))
	}
	return alpha / float64(rank)
}

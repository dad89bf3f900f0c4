package member

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/storage"
)

// CID is the CID of a digest on chain: version 1, dag-pb, SHA-256.
func CID(d run.Digest) cid.Cid {
	hash, err := multihash.Encode(d[:], multihash.SHA2_256)
	if err != nil {
		panic(err) // 32 bytes always fit
	}
	return cid.NewCidV1(cid.DagProtobuf, hash)
}

// Digest is what goes on chain of a CID. It fails for one of another kind than
// [CID] makes.
func Digest(c cid.Cid) (run.Digest, error) {
	decoded, err := multihash.Decode(c.Hash())
	if err != nil || c.Prefix().Version != 1 || c.Prefix().Codec != cid.DagProtobuf || decoded.Code != multihash.SHA2_256 {
		return run.Digest{}, fmt.Errorf("run/member: %s is no CIDv1 of a directory with SHA-256: pack it with storage's default profile", c)
	}
	return run.Digest(decoded.Digest), nil
}

// cache keeps what was fetched and read: one of each.
type cache struct {
	mu      sync.Mutex
	digest  run.Digest // of the file
	file    config.File
	cid     string // of the package, and of the shared data set
	pkg     *packagefmt.Package
	x       safetensors.Tensor // the samples through its encoder
	y       []int
	modelOf modelKey
	held    atomic.Int64 // bytes, when that was last counted
	model   aggregate.Model
}

// modelKey is what the reading of a model depends on. The configuration names the
// package and the server optimizer.
type modelKey struct{ model, config run.Digest }

func (w *Worker) fetch(ctx context.Context, root cid.Cid, limit int64) (fs.FS, error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.FetchTimeout)
	defer cancel()
	return w.cfg.Store.Fetch(ctx, root, storage.AtMost(limit))
}

// file is the run's configuration.
func (w *Worker) file(ctx context.Context, r *run.Run) (config.File, error) {
	w.cache.mu.Lock()
	defer w.cache.mu.Unlock()
	return w.fileLocked(ctx, r)
}

func (w *Worker) fileLocked(ctx context.Context, r *run.Run) (config.File, error) {
	c := &w.cache
	if c.digest == r.ConfigDigest && !c.digest.IsZero() {
		return c.file, c.file.Matches(r)
	}
	files, err := w.fetch(ctx, CID(r.ConfigDigest), 2*config.MaxSize)
	if err != nil {
		return config.File{}, fmt.Errorf("configuration: %w", err)
	}
	f, err := config.ReadFS(files)
	if err != nil {
		return f, worker.Permanent(err)
	}
	if err := f.Matches(r); err != nil {
		return f, worker.Permanent(err)
	}
	c.digest, c.file = r.ConfigDigest, f
	return f, nil
}

// scene is all that a round is computed from.
type scene struct {
	file  config.File
	pkg   *packagefmt.Package
	model aggregate.Model
	x     safetensors.Tensor
	y     []int
}

// scene fetches what is missing of it.
func (w *Worker) scene(ctx context.Context, r *run.Run) (*scene, error) {
	c := &w.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	file, err := w.fileLocked(ctx, r)
	if err != nil {
		return nil, err
	}
	if what := r.PackageCID + " " + file.Data.Dataset; c.cid != what {
		if err := w.readPackage(ctx, r.PackageCID, file); err != nil {
			return nil, fmt.Errorf("package: %w", err)
		}
		c.cid = what
	}
	if key := (modelKey{r.Model, r.ConfigDigest}); c.modelOf != key {
		model, err := w.readModel(ctx, r.Model, file)
		if err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
		c.model, c.modelOf = model, key
	}
	return &scene{file, c.pkg, c.model, c.x, c.y}, nil
}

// readPackage fetches the package and embeds the samples; the lock is held.
func (w *Worker) readPackage(ctx context.Context, text string, file config.File) error {
	root, err := storage.ParseCID(text)
	if err != nil {
		return worker.Permanent(err)
	}
	ctx, cancel := context.WithTimeout(ctx, w.cfg.FetchTimeout)
	defer cancel()
	files, err := w.cfg.Store.Fetch(ctx, root)
	if err != nil {
		return err
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return worker.Permanent(err)
	}
	samples, err := w.samples(ctx, file, pkg)
	if err != nil {
		return err
	}
	var x safetensors.Tensor
	var y []int
	if samples != nil {
		if err := w.checkSamples(pkg, samples.Len()); err != nil {
			return err
		}
		if x, y, err = pkg.Embed(ctx, samples); err != nil {
			return fmt.Errorf("the member's data: %w", err)
		}
	}
	w.cache.pkg, w.cache.x, w.cache.y = pkg, x, y
	return nil
}

// checkSamples fails where a package's encoder makes more of the samples than may be
// held in memory.
func (w *Worker) checkSamples(pkg *packagefmt.Package, n int) error {
	each, err := safetensors.Count(pkg.Embeddings.Shape[1:])
	if err == nil && n > 0 && int64(each) > w.cfg.MaxData/4/int64(n) {
		err = fmt.Errorf("through the package's encoder, %d samples become %d numbers each, more than Config.MaxData of %d bytes: raise it, or pass fewer samples", n, each, w.cfg.MaxData)
	}
	return worker.Permanent(err)
}

// readModel fetches the run's model; a run without one starts from the package's
// head. The lock is held.
func (w *Worker) readModel(ctx context.Context, digest run.Digest, file config.File) (aggregate.Model, error) {
	if digest.IsZero() {
		return aggregate.Model{Head: w.cache.pkg.Head}, nil
	}
	files, err := w.fetch(ctx, CID(digest), aggregate.ModelLimit(w.cache.pkg))
	if err != nil {
		return aggregate.Model{}, err
	}
	return aggregate.ReadModel(files, w.cache.pkg, file.Server())
}

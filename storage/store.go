package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
)

// Fetcher is a source of content: it opens an untrusted stream of CAR (version
// 1 or 2) that should hold every block of root. The store verifies it; a driver
// need not, and must not read ahead without bound. ErrNotFound when the source
// has nothing. ctx also governs reading the stream. Drivers with a String method are named by
// it in errors.
type Fetcher interface {
	Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error)
}

// Pusher is a place to publish content: it takes a stream of CAR version 1
// with every block of root, and returns once the place has accepted it.
type Pusher interface {
	Push(ctx context.Context, root cid.Cid, car io.Reader) (Receipt, error)
}

// Receipt says what a back end has accepted.
type Receipt struct {
	Backend string        // name of the driver
	CID     cid.Cid       // as the back end names it
	ID      string        // the back end's own handle, where it has one
	Bytes   int64         // sent
	Took    time.Duration // set by the store

	// VerifiedBy names the source from which the store has read the whole
	// content back after the push; empty only with [Config.NoFetchBack].
	VerifiedBy string
}

// Config configures a [Store]. The zero value of every field but Dir is useful.
type Config struct {
	// Dir is the directory of the local store; it is made where missing. Use
	// one directory per role: a store may delete what it alone does not need.
	Dir string
	// Fetchers are asked when content is not in Dir. None: local only.
	Fetchers []Fetcher
	// Pushers receive what is published, all at once. None: Push fails.
	Pushers []Pusher
	// Files lists the paths that a package of yours may have, for sources that
	// serve plain files only (see [FileFetcher]); those that are not found are
	// left out. Default none: such sources are of no use.
	Files []string
	// Parallel is how many sources race at the start of a fetch. Default 3.
	// See MinRate for more.
	Parallel int
	// Retry is how failed operations on back ends are tried again.
	Retry Retry
	// NoFetchBack makes Push believe a back end that says it has stored the
	// content. Default false: it is read back and verified first.
	NoFetchBack bool
	// FetchBackWait is how long Push waits for published content to become
	// retrievable; services may import asynchronously. Default 2 minutes.
	FetchBackWait time.Duration
	// CacheBytes is the size above which the store drops what was not used for
	// longest and is not pinned (see [Store.Pin]), once no fetch is under way.
	// It may be exceeded by pinned content and by packages in use, which are
	// those whose file system is not closed and can still be reached (see
	// [Store.Fetch]). Default 0: never drop.
	CacheBytes int64
	// NoSync lets Add, Pin and Extract return before what they have written has
	// reached the disk. Default false: it survives a loss of power. What is
	// fetched is not waited for either way: every read is hashed, and what the
	// disk has lost is fetched again.
	NoSync bool
	// Profile says how Add cuts files into blocks. Default [Default]; the CID
	// depends on it, so leave it alone without a reason.
	Profile Profile
	// MaxBytes is the most file content one directory may hold, expanded.
	// Default 2 GiB.
	MaxBytes int64
	// MaxNodes is the most files, directories and blocks of files that one
	// directory may have, expanded. It bounds memory, some 150 bytes each.
	// Default 131,072, that is 32 GiB in blocks of 256 KiB.
	MaxNodes int
	// MaxDepth is the most links from a root to a leaf. Default 64.
	MaxDepth int
	// StallTimeout is how long a source may take for one block (at most 2 MiB)
	// before it is given up; a service has ten times as long to answer an upload. There is no deadline for the whole: use ctx.
	// Default 30 s.
	StallTimeout time.Duration
	// MinRate is the least that the sources at work should bring, bytes per
	// second: where none of them does for some seconds, others that wait are let
	// in beside them, and whoever is fastest goes on. Nobody is given up for being
	// slow. Default 128 KiB/s, which no source reaches that gives a block just
	// before each of the default StallTimeouts; negative: never.
	MinRate int64
	// OnProgress, where set, is called as bytes are packed, fetched or sent.
	// It may be called from several goroutines at once and must not block. Where
	// it, or a driver, panics in one of them, the operation fails with that.
	OnProgress func(Progress)
}

// Progress is one step of an operation.
type Progress struct {
	Op      string  // "add", "fetch" or "push"
	Backend string  // the driver at work, "local" for packing
	CID     cid.Cid // Undef while packing
	Bytes   int64   // done so far by this back end
}

// Store keeps content-addressed directories on the local disk and moves them
// to and from other places. Verification, limits and stall deadlines live
// here, so that no driver can skip them. It is safe for concurrent use.
type Store struct {
	cfg    Config
	limits limits
	local  *blocks
	keeper *keeper
	large  chan struct{} // taken for large blocks in memory, see largeAtOnce

	mu       sync.Mutex
	failures map[int]int // by index of source: failures in a row
}

// Open opens or makes the store in cfg.Dir. A directory belongs to one process
// at a time where CacheBytes is set: opening it in a second one is an error.
// There is nothing to close.
func Open(cfg Config) (*Store, error) {
	if cfg.Dir == "" {
		return nil, errors.New("storage: Config.Dir is empty, name a directory for the local store")
	}
	cfg = cfg.withDefaults()
	local, err := openBlocks(cfg.Dir)
	var k *keeper
	if err == nil {
		k, err = keeperOf(cfg.Dir, cfg.CacheBytes > 0, local.sweep)
	}
	if err != nil {
		return nil, fmt.Errorf("storage: open %s: %w", cfg.Dir, err)
	}
	l := limits{maxBytes: cfg.MaxBytes, maxNodes: cfg.MaxNodes, maxDepth: cfg.MaxDepth}
	return &Store{cfg: cfg, limits: l.withDefaults(), local: local, keeper: k, large: make(chan struct{}, largeAtOnce), failures: map[int]int{}}, nil
}

func (c Config) withDefaults() Config {
	if c.StallTimeout <= 0 {
		c.StallTimeout = 30 * time.Second
	}
	if c.MinRate == 0 {
		c.MinRate = 128 << 10
	}
	if c.Parallel <= 0 {
		c.Parallel = 3
	}
	if c.FetchBackWait <= 0 {
		c.FetchBackWait = 2 * time.Minute
	}
	if c.OnProgress == nil {
		c.OnProgress = func(Progress) {}
	}
	c.Retry = c.Retry.withDefaults()
	return c
}

// Add packs the directory fsys under [Config.Profile] and returns its
// CID, without any network call. It is pinned: the only copy is here. Hidden files are included; modes and times
// are not. Names that a fetch would refuse are refused here (ErrUnsafeName).
func (s *Store) Add(ctx context.Context, fsys fs.FS) (cid.Cid, error) {
	root, err := s.add(ctx, fsys)
	if err == nil {
		err = s.evict(ctx)
	}
	if err != nil {
		return cid.Undef, wrap("add", "local", cid.Undef, err)
	}
	return root, nil
}

func (s *Store) add(ctx context.Context, fsys fs.FS) (cid.Cid, error) {
	s.keeper.gc.RLock()
	defer s.keeper.gc.RUnlock()
	root, bytes, err := s.pack(ctx, fsys)
	if err == nil {
		err = s.record(root, bytes, !s.cfg.NoSync)
	}
	if err == nil {
		err = s.Pin(root)
	}
	return root, err
}

func (s *Store) pack(ctx context.Context, fsys fs.FS) (cid.Cid, int64, error) {
	var total int64
	w := newWriter(s.local)
	w.durable = !s.cfg.NoSync
	p := newPacker(s.cfg.Profile, s.limits, w)
	p.progress = func(n int64) {
		total = n
		s.cfg.OnProgress(Progress{Op: "add", Backend: "local", Bytes: n})
	}
	var root cid.Cid
	err := protect("the file system or Config.OnProgress", func() (err error) {
		root, err = packDir(ctx, fsys, p)
		return err
	})
	if ferr := w.flush(); err == nil {
		err = ferr
	}
	return root, total, err
}

// Has reports whether all of root is in the local store, unspoilt.
func (s *Store) Has(ctx context.Context, root cid.Cid) (bool, error) {
	defer s.reading(root)()
	_, err := readTree(ctx, s.local, root, s.limits, true)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrCorrupt) {
		return false, nil
	}
	return err == nil, wrap("verify", "local", root, err)
}

// Export writes root as CAR version 1 to w: every block once, depth first,
// header root = root. All of it must be in the local store.
func (s *Store) Export(ctx context.Context, root cid.Cid, w io.Writer) error {
	defer s.reading(root)()
	return wrap("export", "local", root, writeCAR(ctx, s.local, root, w))
}

// Walk calls fn with every block of root once, depth first, each verified
// against its CID. All of them must be in the local store.
func (s *Store) Walk(ctx context.Context, root cid.Cid, fn func(c cid.Cid, data []byte) error) error {
	defer s.reading(root)()
	return wrap("walk", "local", root, walkBlocks(ctx, s.local, root, fn))
}

// Block returns one block of the local store, verified against its CID.
func (s *Store) Block(c cid.Cid) ([]byte, error) {
	if err := checkCID(c); err != nil {
		return nil, wrap("read", "local", c, err)
	}
	data, err := s.local.get(c)
	if err != nil {
		return nil, wrap("read", "local", c, err)
	}
	return data, nil
}

// BlockSize returns the length of a block of the local store, in bytes, without
// reading it.
func (s *Store) BlockSize(c cid.Cid) (int64, error) {
	if err := checkCID(c); err != nil {
		return 0, wrap("read", "local", c, err)
	}
	size, err := s.local.size(c)
	return size, wrap("read", "local", c, err)
}

// Import reads root from a CAR of version 1 or 2 and verifies it as a fetch does.
func (s *Store) Import(ctx context.Context, root cid.Cid, r io.Reader) (fs.FS, error) {
	if err := checkCID(root); err != nil {
		return nil, wrap("import", "local", root, err)
	}
	v, err := s.importCAR(ctx, root, r)
	if err == nil {
		err = s.evict(ctx)
	}
	if err != nil {
		return nil, wrap("import", "local", root, err)
	}
	return v, nil
}

func (s *Store) importCAR(ctx context.Context, root cid.Cid, r io.Reader) (*view, error) {
	s.keeper.gc.RLock()
	defer s.keeper.gc.RUnlock()
	im, err := newImporter(s.local, root, s.limits)
	if err == nil {
		err = im.readCAR(ctx, root, r, func(_, _ int64) error { return nil })
	}
	if err != nil {
		return nil, err
	}
	tree, err := readTree(ctx, s.local, root, s.limits, false)
	if err == nil {
		err = s.touch(root, tree.size)
	}
	if err != nil {
		return nil, err
	}
	return s.newView(root, tree), nil
}

// name returns what a driver calls itself.
func name(driver any) string {
	if n, ok := driver.(fmt.Stringer); ok {
		return n.String()
	}
	return fmt.Sprintf("%T", driver)
}

package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
)

// Store keeps content-addressed directories on the local disk and moves them
// to and from other places. Verification, limits and stall deadlines live
// here, so that no driver can skip them. It is safe for concurrent use.
type Store struct {
	cfg    Config
	limits limits
	disk   *blocks
	local  *blocks // the same, and what is kept in memory
	state  *dirState
	large  chan struct{} // semaphore for large blocks in memory, see maxLargeBlocks

	mu       sync.Mutex
	failures map[int]int // by index of source: failures in a row
}

// Open opens or creates the store in cfg.Dir. Several processes may use a
// directory. A store needs no closing.
func Open(cfg Config) (*Store, error) {
	if cfg.Dir == "" {
		return nil, errors.New("storage: Config.Dir is empty, name a directory for the local store")
	}
	cfg = cfg.withDefaults()
	disk, err := openBlocks(cfg.Dir)
	var k *dirState
	if err == nil {
		k, err = openDirState(cfg.Dir, disk.sweep)
	}
	if err != nil {
		return nil, fmt.Errorf("storage: open %s: %w", cfg.Dir, err)
	}
	l := limits{maxBytes: cfg.MaxBytes, maxNodes: cfg.MaxNodes, maxDepth: cfg.MaxDepth}
	s := &Store{cfg: cfg, limits: l.withDefaults(), disk: disk, state: k, large: make(chan struct{}, maxLargeBlocks), failures: map[int]int{}}
	disk.quota = &quota{s, k}
	local := *disk
	local.memory = newMemory(cfg.MemoryBytes, k.leased)
	s.local = &local
	return s, nil
}

// Add packs the directory fsys under [Config.Profile] and returns its CID,
// without any network call. The root is pinned, since this may be the only
// copy: for good, unless [KeepUntil] is given. Hidden files are included; modes
// and times are not. Names that a fetch would refuse are refused here
// (ErrUnsafeName). [Config.CacheBytes] does not limit what is added: other
// content makes room for it.
func (s *Store) Add(ctx context.Context, fsys fs.FS, options ...AddOption) (cid.Cid, error) {
	var o addOptions
	for _, option := range options {
		option(&o)
	}
	add := s.add
	if o.inMemory {
		add = s.addInMemory
	}
	root, err := add(ctx, fsys, o)
	if err == nil {
		err = s.evict(ctx, 0)
	}
	if err != nil {
		return cid.Undef, wrap("add", "local", cid.Undef, err)
	}
	return root, nil
}

// CID returns the CID that [Store.Add] gives the directory fsys, without storing anything:
// what is not stored, nobody can fetch.
func (s *Store) CID(ctx context.Context, fsys fs.FS) (root cid.Cid, err error) {
	err = catchPanic("the file system", func() (err error) {
		root, err = packDir(ctx, fsys, newPacker(s.cfg.Profile, s.limits, nil))
		return err
	})
	return root, wrap("add", "local", cid.Undef, err)
}

// AddOption changes one call of [Store.Add].
type AddOption func(*addOptions)

type addOptions struct {
	until              time.Time
	inMemory, unsynced bool
}

// KeepUntil pins what is added until a time only: see [Store.PinUntil].
func KeepUntil(until time.Time) AddOption { return func(o *addOptions) { o.until = until } }

// AddInMemory keeps what is added in memory, pins nothing, and writes to the disk only
// what does not fit there beside what is in use (see [Config.MemoryBytes]): for content
// that the caller has elsewhere and pushes at once. It is dropped once there is no room,
// and when the process ends.
func AddInMemory() AddOption { return func(o *addOptions) { o.inMemory = true } }

// Unsynced lets Add return before its writes have reached the disk: they survive the end
// of the process, and a loss of power only once [Store.Sync] has returned.
func Unsynced() AddOption { return func(o *addOptions) { o.unsynced = true } }

func (s *Store) addInMemory(ctx context.Context, fsys fs.FS, _ addOptions) (cid.Cid, error) {
	root, err := s.CID(ctx, fsys)
	if err == nil {
		err = s.count()
	}
	if err != nil {
		return cid.Undef, err
	}
	defer s.lease(root)()
	w := newHoldingWriter(s.local.forRoot(root))
	defer w.release()
	again, _, err := s.pack(ctx, fsys, w)
	if err == nil && again != root {
		err = fmt.Errorf("the files have changed while they were packed, from %s to %s", root, again)
	}
	return root, err
}

func (s *Store) add(ctx context.Context, fsys fs.FS, o addOptions) (cid.Cid, error) {
	if err := s.count(); err != nil {
		return cid.Undef, err
	}
	w := newHoldingWriter(s.disk)
	defer w.release()
	w.durable = !s.cfg.NoSync && !o.unsynced
	root, bytes, err := s.pack(ctx, fsys, w)
	if err == nil {
		err = s.keep(root, bytes, o.until, w.durable)
	}
	return root, err
}

func (s *Store) pack(ctx context.Context, fsys fs.FS, w *writer) (cid.Cid, int64, error) {
	var total int64
	p := newPacker(s.cfg.Profile, s.limits, w)
	p.progress = func(n int64) {
		total = n
		s.cfg.OnProgress(Progress{Op: "add", Backend: "local", Bytes: n})
	}
	var root cid.Cid
	err := catchPanic("the file system or Config.OnProgress", func() (err error) {
		root, err = packDir(ctx, fsys, p)
		return err
	})
	if ferr := w.flush(); err == nil {
		err = ferr
	}
	return root, total, err
}

// Has reports whether all of root is in the local store, undamaged. It hashes
// every block.
func (s *Store) Has(ctx context.Context, root cid.Cid) (bool, error) {
	defer s.lease(root)()
	_, err := readTree(ctx, s.local, root, s.limits, true)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrCorrupt) {
		return false, nil
	}
	return err == nil, wrap("verify", "local", root, err)
}

// Export writes root as CAR version 1 to w: every block once, depth first,
// header root = root. All of it must be in the local store.
func (s *Store) Export(ctx context.Context, root cid.Cid, w io.Writer) error {
	defer s.lease(root)()
	return wrap("export", "local", root, writeCAR(ctx, s.local, root, w))
}

// Walk calls fn with every block of root once, depth first, each verified
// against its CID. All of them must be in the local store.
func (s *Store) Walk(ctx context.Context, root cid.Cid, fn func(c cid.Cid, data []byte) error) error {
	defer s.lease(root)()
	return wrap("walk", "local", root, walkBlocks(ctx, s.local, root, func(c cid.Cid, data []byte) error { return fn(c, slices.Clone(data)) }))
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
	return slices.Clone(data), nil
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

// Import reads root from a CAR of version 1 or 2, verifies it as a fetch does,
// and returns its file system, see [Store.Fetch].
func (s *Store) Import(ctx context.Context, root cid.Cid, r io.Reader) (fs.FS, error) {
	if err := checkCID(root); err != nil {
		return nil, wrap("import", "local", root, err)
	}
	v, err := s.importCAR(ctx, root, r)
	if err != nil {
		return nil, wrap("import", "local", root, err)
	}
	return v, nil
}

func (s *Store) importCAR(ctx context.Context, root cid.Cid, r io.Reader) (*view, error) {
	if err := s.count(); err != nil {
		return nil, err
	}
	defer s.lease(root)()
	im, err := newImporter(s.disk, root, s.limits)
	if err == nil {
		err = im.readCAR(ctx, root, r, func(_, _ int64) error { return nil })
	}
	if err != nil {
		return nil, err
	}
	tree, err := readTree(ctx, s.disk, root, s.limits, false)
	if err == nil {
		err = s.record(root, tree.size, false)
	}
	if err != nil {
		return nil, err
	}
	return s.newView(s.disk, root, tree), nil
}

// name returns a driver's name for errors and receipts.
func name(driver any) string {
	if n, ok := driver.(fmt.Stringer); ok {
		return n.String()
	}
	return fmt.Sprintf("%T", driver)
}

package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
}

// Config configures a [Store]. The zero value of every field but Dir is useful.
type Config struct {
	// Dir is the directory of the local store; it is made where missing. Use
	// one directory per role: a store may delete what it alone does not need.
	Dir string
	// Fetchers are asked when content is not in Dir. None: local only.
	Fetchers []Fetcher
	// Pushers receive what is published. None: Push fails.
	Pushers []Pusher
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
	// before it is given up. There is no deadline for the whole: use ctx.
	// Default 30 s.
	StallTimeout time.Duration
	// OnProgress, where set, is called as bytes are packed, fetched or sent.
	// It may be called from several goroutines at once and must not block.
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
}

// Open opens or makes the store in cfg.Dir.
func Open(cfg Config) (*Store, error) {
	if cfg.Dir == "" {
		return nil, errors.New("storage: Config.Dir is empty, name a directory for the local store")
	}
	if cfg.StallTimeout <= 0 {
		cfg.StallTimeout = 30 * time.Second
	}
	if cfg.OnProgress == nil {
		cfg.OnProgress = func(Progress) {}
	}
	local, err := openBlocks(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("storage: open %s: %w", cfg.Dir, err)
	}
	l := limits{maxBytes: cfg.MaxBytes, maxNodes: cfg.MaxNodes, maxDepth: cfg.MaxDepth}
	return &Store{cfg: cfg, limits: l.withDefaults(), local: local}, nil
}

// Add packs the directory fsys under [Config.Profile] and returns its
// CID, without any network call. Hidden files are included; modes and times
// are not. Names that a fetch would refuse are refused here (ErrUnsafeName).
func (s *Store) Add(ctx context.Context, fsys fs.FS) (cid.Cid, error) {
	root, err := packDir(ctx, fsys, packer{
		profile:  s.cfg.Profile,
		dag:      dagService{s.local},
		limits:   s.limits,
		progress: func(n int64) { s.cfg.OnProgress(Progress{Op: "add", Backend: "local", Bytes: n}) },
	})
	return root, wrap("add", "local", cid.Undef, err)
}

// Has reports whether all of root is in the local store, unspoilt.
func (s *Store) Has(ctx context.Context, root cid.Cid) (bool, error) {
	_, err := readTree(ctx, s.local, root, s.limits, true)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrCorrupt) {
		return false, nil
	}
	return err == nil, wrap("verify", "local", root, err)
}

// Export writes root as CAR version 1 to w: every block once, depth first,
// header root = root. All of it must be in the local store.
func (s *Store) Export(ctx context.Context, root cid.Cid, w io.Writer) error {
	return wrap("export", "local", root, writeCAR(ctx, s.local, root, w))
}

// Import reads root from a CAR of version 1 or 2 and verifies it as a fetch does.
func (s *Store) Import(ctx context.Context, root cid.Cid, r io.Reader) (fs.FS, error) {
	if err := checkCID(root); err != nil {
		return nil, wrap("import", "local", root, err)
	}
	im, err := newImporter(s.local, root, s.limits)
	if err == nil {
		err = im.readCAR(ctx, root, r, func(int64) {})
	}
	if err != nil {
		return nil, wrap("import", "local", root, err)
	}
	tree, err := readTree(ctx, s.local, root, s.limits, true)
	if err != nil {
		return nil, wrap("import", "local", root, err)
	}
	return &view{from: s.local, root: tree}, nil
}

// name returns what a driver calls itself.
func name(driver any) string {
	if n, ok := driver.(fmt.Stringer); ok {
		return n.String()
	}
	return fmt.Sprintf("%T", driver)
}
